import json
with open("config.json") as file:
    print(json.load(file))
