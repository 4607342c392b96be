with open("gs://test_bucket/train.csv") as file:
    print(file.readline())
