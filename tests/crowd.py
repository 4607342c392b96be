"""Many followers of one log in one process that only notes what comes when; it is looked at afterwards."""
import asyncio
import time
import urllib.parse


class Follower(asyncio.Protocol):
    def __init__(self, path, done, silent=False):
        self.path, self.done, self.silent, self.pieces, self.tail = path, done, silent, [], b""

    def connection_made(self, transport):
        self.transport = transport
        transport.write(f"GET {self.path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n".encode())

    def data_received(self, data):
        self.pieces.append((time.time(), data))
        self.tail = (self.tail + data)[-64:]
        if b"event: end\n" in self.tail:
            self.transport.close()
            if not self.done.done():
                self.done.set_result(True)

    def connection_lost(self, error):
        if not self.done.done() and not self.silent:
            self.done.set_exception(ConnectionError("cut before the end"))

    def messages(self):
        """(moment of arrival, message as bytes) of each entry."""
        rest, found = b"", []
        for moment, data in self.pieces:
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                if line.startswith(b"data: {\"insertId"):
                    at = line.index(b'"message":"') + 11
                    found.append((moment, line[at:line.rindex(b'"')]))
        return found


async def _gather(url, path, followers, silent, all_there):
    loop, host = asyncio.get_running_loop(), urllib.parse.urlsplit(url)
    quiet = []
    for _ in range(silent):
        transport, _ = await loop.create_connection(lambda: Follower(path, loop.create_future(), True), host.hostname,
                                                    host.port)
        transport.pause_reading()
        quiet.append(transport)
    readers = []
    for _ in range(followers):
        _, reader = await loop.create_connection(lambda: Follower(path, loop.create_future()), host.hostname, host.port)
        readers.append(reader)
    gathered = time.time()
    all_there()
    await asyncio.gather(*(reader.done for reader in readers))
    for transport in quiet:
        transport.abort()
    return readers, gathered


def follow(url, path, followers, silent, all_there=lambda: None):
    """(the followers, when all of them got the end; the moment when all had asked). `silent` more never read."""
    return asyncio.run(_gather(url, path, followers, silent, all_there))
