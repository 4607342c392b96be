"""WAV bytes to samples, strictly: 16-bit PCM, mono, one sample rate."""

import io
import struct

_PCM = 1
_EXTENSIBLE = 0xFFFE  # the real format is then the first field of a longer header
_FORM_BYTES = 40  # of a format that are looked at
_STEP_BYTES = 1 << 16


def begin(file, sample_rate):
    """Reads a WAV file up to its first sample, and returns how many bytes of samples it says follow (the pipe of a
    recorder says anything). `file`: open for reading, need not be seekable; `sample_rate`: the only one taken, in Hz.

    Raises ValueError with the reason, fit to follow the name of the file and a colon.
    """
    start = _read(file, 12)
    if not start:
        raise ValueError("the file is empty")
    if len(start) < 12 or start[:4] != b"RIFF" or start[8:12] != b"WAVE":
        raise ValueError("not a WAV file")
    form, size = None, None
    while size is None:
        chunk = _read(file, 8)
        if len(chunk) < 8:
            break
        name, length = struct.unpack("<4sI", chunk)
        if name == b"data":
            size = length
        else:
            content = _read(file, min(length, _FORM_BYTES))
            form = _form(content) if name == b"fmt " and len(content) >= 16 else form
            _skip(file, length - len(content) + length % 2)  # chunks begin at even offsets
    if form is None or size is None:
        raise ValueError("a WAV file without %s" % ("format" if form is None else "samples"))
    _check(form, sample_rate)
    return size


def samples(data, sample_rate):
    """The int16 samples [n] of a WAV file, `data`: its bytes. Raises as `begin` does."""
    import numpy as np  # not above: a client of a served model has no need of it
    file = io.BytesIO(data)
    body = file.read(begin(file, sample_rate))
    if len(body) < 2:
        raise ValueError("holds no samples")
    return np.frombuffer(body, dtype="<i2", count=len(body) // 2).astype(np.int16)


def file_of(pcm, sample_rate):
    """The bytes of a WAV file of 16-bit little-endian mono samples, `pcm`: bytes."""
    form = struct.pack("<HHIIHH", _PCM, 1, sample_rate, 2 * sample_rate, 2, 16)
    head = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(pcm))
    return b"RIFF" + struct.pack("<I", len(head) + len(pcm)) + head + pcm


def _form(content):
    form = struct.unpack_from("<HHIIHH", content)
    if form[0] == _EXTENSIBLE and len(content) >= 26:
        form = struct.unpack_from("<H", content, 24) + form[1:]
    return form


def _check(form, sample_rate):
    kind, channels, rate, _, _, bits = form
    if kind != _PCM or bits != 16:
        raise ValueError("must be 16-bit PCM, and is %d-bit of format %d" % (bits, kind))
    if channels != 1:
        raise ValueError("must be mono, and has %d channels" % channels)
    if rate != sample_rate:
        raise ValueError("must be sampled at %d Hz, and is at %d Hz" % (sample_rate, rate))


def _read(file, count):
    """So many bytes, fewer only at the end: a pipe gives them in pieces."""
    pieces = []
    while count > 0:
        piece = file.read(count)
        if not piece:
            break
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)


def _skip(file, count):
    while count > 0:
        piece = file.read(min(count, _STEP_BYTES))
        if not piece:
            return
        count -= len(piece)
