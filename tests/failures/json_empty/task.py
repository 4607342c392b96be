import json
open("config.json", "w").close()
with open("config.json") as file:
    print(json.load(file))
