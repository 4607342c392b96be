import socket
socket.create_connection(("database.invalid", 5432))
