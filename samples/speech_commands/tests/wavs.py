"""WAV files and tiny data sets for the tests."""
import math
import os
import struct


def wav(samples, rate=16000, channels=1, bits=16, kind=1):
    """The bytes of a WAV file of int samples (interleaved where there are several channels)."""
    body = b"".join(struct.pack("<h", sample) if bits == 16 else bytes([sample & 255]) for sample in samples)
    form = struct.pack("<HHIIHH", kind, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits)
    chunks = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(chunks)) + chunks


def tone(hertz, samples=16000, peak=8000):
    return [int(peak * math.sin(2 * math.pi * hertz * n / 16000)) for n in range(samples)]


def make_set(folder, words, speakers=20):
    """folder/<word>/<speaker>_nohash_0.wav: each word a tone of its own, each speaker a little off it; and noise."""
    for number, word in enumerate(words):
        os.makedirs(os.path.join(folder, word))
        for speaker in range(speakers):
            samples = tone(300 * (number + 1) + 3 * speaker)
            with open(os.path.join(folder, word, "%08x_nohash_0.wav" % speaker), "wb") as out:
                out.write(wav(samples))
    os.makedirs(os.path.join(folder, "_background_noise_"))
    hiss = [(n * 7919) % 2001 - 1000 for n in range(20000)]
    with open(os.path.join(folder, "_background_noise_", "hiss.wav"), "wb") as out:
        out.write(wav(hiss))
