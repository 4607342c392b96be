import socket
first = socket.create_server(("127.0.0.1", 0))
second = socket.create_server(("127.0.0.1", first.getsockname()[1]))
