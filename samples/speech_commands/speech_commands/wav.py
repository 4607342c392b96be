"""WAV bytes to samples, strictly: 16-bit PCM, mono, one sample rate."""

import struct

import numpy as np

_PCM = 1
_EXTENSIBLE = 0xFFFE  # the real format is then the first field of a longer header


def samples(data, sample_rate):
    """The int16 samples [n] of a WAV file. `data`: its bytes; `sample_rate`: the only one taken, in Hz.

    Raises ValueError with the reason, fit to follow the name of the file and a colon.
    """
    if not data:
        raise ValueError("the file is empty")
    if len(data) < 12 or data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError("not a WAV file")
    form, body = None, None
    position = 12
    while position + 8 <= len(data) and body is None:
        name, size = struct.unpack_from("<4sI", data, position)
        position += 8
        if name == b"fmt " and position + 16 <= len(data):
            form = struct.unpack_from("<HHIIHH", data, position)
            if form[0] == _EXTENSIBLE and size >= 26 and position + 26 <= len(data):
                form = struct.unpack_from("<H", data, position + 24) + form[1:]
        elif name == b"data":
            body = data[position:position + size]
        position += size + size % 2  # chunks begin at even offsets
    if form is None or body is None:
        raise ValueError("a WAV file without %s" % ("format" if form is None else "samples"))
    kind, channels, rate, _, _, bits = form
    if kind != _PCM or bits != 16:
        raise ValueError("must be 16-bit PCM, and is %d-bit of format %d" % (bits, kind))
    if channels != 1:
        raise ValueError("must be mono, and has %d channels" % channels)
    if rate != sample_rate:
        raise ValueError("must be sampled at %d Hz, and is at %d Hz" % (sample_rate, rate))
    if len(body) < 2:
        raise ValueError("holds no samples")
    return np.frombuffer(body, dtype="<i2", count=len(body) // 2).astype(np.int16)
