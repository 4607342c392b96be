with open("names.csv", "wb") as file:
    file.write("na\u00efve,1\n".encode("latin-1"))
with open("names.csv", encoding="utf-8") as file:
    print(file.read())
