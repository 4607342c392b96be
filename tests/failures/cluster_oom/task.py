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

if task["type"] == "worker":
    line = call((master[0], int(master[1])))
    line.sendall(b"here\n")
    while not os.path.exists(sys.argv[1]):
        time.sleep(0.02)
    if task["index"] == 1:
        held = [b"z" * 1000000 for _ in range(2000)]
    if not line.recv(5):
        raise ConnectionResetError(104, "Connection reset by peer")
else:
    import select
    server = socket.create_server((master[0], int(master[1])))
    lines = [server.accept()[0] for _ in range(3)]
    for line in lines:
        line.recv(5)
    while True:
        for line in select.select(lines, [], [])[0]:
            if not line.recv(5):
                raise ConnectionResetError(104, "Connection reset by peer")
