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

import threading
if task["type"] == "worker" and task["index"] == 1:
    line = call((master[0], int(master[1])))
    threading.Thread(target=time.sleep, args=(600,)).start()
    raise AssertionError("batch of 31 rows, expected 32")
if task["type"] == "worker":
    time.sleep(600)
server = socket.create_server((master[0], int(master[1])))
line = server.accept()[0]
line.settimeout(2)
line.recv(5)
