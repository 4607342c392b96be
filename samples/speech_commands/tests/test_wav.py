"""Reading WAV files, and refusing those that are not as the training needs them."""
import unittest

try:
    import numpy
except ImportError:
    raise unittest.SkipTest("numpy is not installed")

from speech_commands import wav
from wavs import tone, wav as wav_bytes


class Samples(unittest.TestCase):
    def test_the_samples_come_back(self):
        read = wav.samples(wav_bytes([0, 1, -1, 32767, -32768]), 16000)
        self.assertEqual([0, 1, -1, 32767, -32768], read.tolist())
        self.assertEqual(numpy.int16, read.dtype)

    def test_other_chunks_are_stepped_over(self):
        data = wav_bytes([5, 6])
        data = data[:12] + b"LIST\x03\x00\x00\x00abc\x00" + data[12:]
        self.assertEqual([5, 6], wav.samples(data, 16000).tolist())

    def test_a_cut_file_gives_what_is_there(self):
        self.assertEqual(100, len(wav.samples(wav_bytes(tone(440))[:44 + 200], 16000)))

    def test_what_does_not_fit_is_named(self):
        cases = [
            (b"", "the file is empty"),
            (b"ID3\x04 not a wav, an mp3", "not a WAV file"),
            (wav_bytes(tone(440), rate=44100), "must be sampled at 16000 Hz, and is at 44100 Hz"),
            (wav_bytes(tone(440), channels=2), "must be mono, and has 2 channels"),
            (wav_bytes([128] * 100, bits=8), "must be 16-bit PCM, and is 8-bit of format 1"),
            (wav_bytes([0] * 100, kind=3), "must be 16-bit PCM, and is 16-bit of format 3"),
            (wav_bytes([]), "holds no samples"),
            (wav_bytes([1])[:40], "a WAV file without samples"),
            (b"RIFF\x04\x00\x00\x00WAVE", "a WAV file without format"),
        ]
        for data, reason in cases:
            with self.subTest(reason), self.assertRaises(ValueError) as refused:
                wav.samples(data, 16000)
            self.assertEqual(reason, str(refused.exception))

    def test_no_garbage_makes_it_fail_otherwise(self):
        whole = wav_bytes(tone(440, 200))
        for position in range(0, 60):
            for value in (0, 1, 127, 255):
                broken = whole[:position] + bytes([value]) + whole[position + 1:]
                try:
                    wav.samples(broken, 16000)
                except ValueError:
                    pass  # refused with a sentence: anything else would fail the test
        for length in range(len(whole)):
            try:
                wav.samples(whole[:length], 16000)
            except ValueError:
                pass


if __name__ == "__main__":
    unittest.main()
