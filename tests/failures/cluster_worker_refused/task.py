import json, os, socket, sys, time
cluster = json.loads(os.environ["TF_CONFIG"])["cluster"]
task = json.loads(os.environ["TF_CONFIG"])["task"]
master = cluster.get("master", cluster.get("chief"))[0].split(":")

def call(address):
    for _ in range(3000):
        try:
            return socket.create_connection(address)
        except ConnectionRefusedError:
            time.sleep(0.02)
    raise TimeoutError("nobody listens")

import argparse
if task["type"] == "worker" and task["index"] == 2:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, required=True)
    parser.parse_args([])
if task["type"] == "worker":
    own = cluster["worker"][task["index"]].split(":")
    server = socket.create_server((own[0], int(own[1])))
    server.accept()[0].recv(5)
time.sleep(1)
for worker in cluster["worker"]:
    socket.create_connection((worker.split(":")[0], int(worker.split(":")[1]))).sendall(b"begin")
