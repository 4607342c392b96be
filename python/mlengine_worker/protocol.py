"""Messages between the engine and a worker (docs/formats/model_server_protocol.md), as bytes and over a socket."""
import struct
import threading

LONGEST_MESSAGE = 64 << 20  # bytes, without its length
HELLO, PING, PONG, PREDICT, PREDICTION = 1, 4, 5, 6, 7

# Codes of a hello; the engine's canonical ones.
OK, INVALID_ARGUMENT, FAILED_PRECONDITION, ABORTED = 0, 3, 9, 10

_LENGTH = struct.Struct("<I")
_HEAD = struct.Struct("<BQI")
_NO_PROCESSOR = 0xFFFFFFFF


class Damaged(Exception):
    """What came is no message."""


def text_bytes(text):
    """A text with its length in front. What is no Unicode is replaced."""
    encoded = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    return _LENGTH.pack(len(encoded)) + encoded


def encode(kind, number, payload=b""):
    """The whole message with its length in front."""
    return _LENGTH.pack(_HEAD.size + len(payload)) + _HEAD.pack(kind, number, _NO_PROCESSOR) + payload


def decode_head(message):
    """(kind, number, payload) of a message without its length."""
    if len(message) < _HEAD.size:
        raise Damaged("the head of a message is cut")
    kind, number, _ = _HEAD.unpack_from(message)
    return kind, number, message[_HEAD.size:]


def hello(code, why, version):
    return encode(HELLO, 0, _LENGTH.pack(code) + text_bytes(why) + text_bytes(version) + text_bytes(b""))


def prediction(number, fault, text):
    return encode(PREDICTION, number, _LENGTH.pack(fault) + text_bytes(text))


def decode_predict(payload):
    """The body of a request, as bytes."""
    if len(payload) < _LENGTH.size:
        raise Damaged("a request is cut")
    (size,) = _LENGTH.unpack_from(payload)
    if size != len(payload) - _LENGTH.size:
        raise Damaged("a request has another length than it says")
    return payload[_LENGTH.size:]


class Channel(object):
    """One end of a connected stream socket. One thread reads; any thread sends."""

    def __init__(self, sock):
        self._socket = sock
        self._lock = threading.Lock()

    def _read(self, count):
        """So many bytes; fewer at the end alone."""
        parts = []
        while count > 0:
            part = self._socket.recv(min(count, 1 << 20))
            if not part:
                break
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def receive(self):
        """The next (kind, number, payload); None at the end. Damaged for what cannot be read."""
        head = self._read(_LENGTH.size)
        if not head:
            return None
        if len(head) < _LENGTH.size:
            raise Damaged("a message was cut")
        (size,) = _LENGTH.unpack(head)
        if size > LONGEST_MESSAGE:
            raise Damaged("a message is too long")
        message = self._read(size)
        if len(message) < size:
            raise Damaged("a message was cut")
        return decode_head(message)

    def send(self, message):
        with self._lock:
            self._socket.sendall(message)

    def close(self):
        self._socket.close()
