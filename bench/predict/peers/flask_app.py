"""The naive floor: a Flask app that has the models in it."""
from flask import Flask, request

from network import Network

app = Flask(__name__)
networks = {name: Network(name) for name in ("tiny", "wide")}


@app.post("/<name>")
def predict(name):
    return {"predictions": [{"scores": row} for row in networks[name].scores(request.get_json()["instances"])]}
