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

import signal
if task["type"] == "worker":
    line = call((master[0], int(master[1])))
    line.sendall(b"here\n")
    time.sleep(0.5)
    if task["index"] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    line.recv(5)
    time.sleep(20)
else:
    server = socket.create_server((master[0], int(master[1])))
    lines = [server.accept()[0] for _ in range(3)]
    for line in lines:
        line.recv(5)
    time.sleep(0.2)
    import select
    while True:
        for line in select.select(lines, [], [])[0]:
            if not line.recv(5):
                raise ConnectionResetError(104, "Connection reset by peer")
