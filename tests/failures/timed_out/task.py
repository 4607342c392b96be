import socket
silent = socket.create_server(("127.0.0.1", 0))
line = socket.create_connection(silent.getsockname(), timeout=0.3)
line.recv(1)
