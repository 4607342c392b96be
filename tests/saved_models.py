"""SavedModels made by hand, as TensorFlow lays them out, for tests that have no TensorFlow."""


def field(number, value):
    """A field of a protobuf message whose value has a length."""
    size, length = len(value), b""
    while size > 0x7F:
        length += bytes([size & 0x7F | 0x80])
        size >>= 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + value


def saved_model(tags=("serve",), signatures=("serving_default",), operations=("Placeholder",)):
    info = b"".join(field(4, tag.encode()) for tag in tags)
    nodes = b"".join(field(1, field(2, operation.encode())) for operation in operations)
    graph = field(1, info) + field(2, nodes)
    graph += b"".join(field(5, field(1, name.encode()) + field(2, b"")) for name in signatures)
    return b"\x08\x01" + field(2, graph)
