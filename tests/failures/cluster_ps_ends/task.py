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

ps = cluster["ps"][0].split(":")
if task["type"] == "ps":
    server = socket.create_server((ps[0], int(ps[1])))
    line = server.accept()[0]
    line.sendall(b"0.5\n")
    sys.exit(0)
if task["type"] == "worker":
    time.sleep(600)
with call((ps[0], int(ps[1]))) as line:
    line.recv(5)
time.sleep(1)
try:
    socket.create_connection((ps[0], int(ps[1])))
except ConnectionRefusedError as error:
    raise ConnectionRefusedError(error.errno, "%s: %s" % (error.strerror, cluster["ps"][0])) from None
