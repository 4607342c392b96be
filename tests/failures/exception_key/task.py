def read(row):
    return row["label"]
print(read({"features": [1, 2]}))
