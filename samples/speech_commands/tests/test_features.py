"""The constant matrices and the sizes, in plain numpy; and the features themselves, where there is TensorFlow."""
import math
import unittest

try:
    import numpy
except ImportError:
    raise unittest.SkipTest("numpy is not installed")

from speech_commands import flags, mel
from wavs import tone

try:
    import tensorflow
except ImportError:
    tensorflow = None


def geometry(*arguments):
    return mel.geometry(flags.parse(list(arguments))[0])


def plain_mfcc(samples):
    """The 40 coefficients of every frame, worked out one by one from the definition, with the default flags."""
    audio = numpy.array(samples, float) / 32768
    window = 0.5 - 0.5 * numpy.cos(2 * numpy.pi * numpy.arange(480) / 480)
    edges = numpy.linspace(mel.mel(20), mel.mel(4000), 42)
    rows = []
    for start in range(0, len(audio) - 480 + 1, 160):
        spectrum = numpy.abs(numpy.fft.rfft(audio[start:start + 480] * window, 512))
        channels = numpy.zeros(40)
        for index in range(2, 129):  # 31.25 Hz a bin: from above 20 Hz to 4000 Hz
            place = mel.mel(31.25 * index)
            for channel in range(40):
                left, centre, right = edges[channel:channel + 3]
                weight = min((place - left) / (centre - left), (right - place) / (right - centre))
                channels[channel] += max(0.0, weight) * spectrum[index]
        logs = numpy.log(numpy.maximum(channels, 1e-12))
        rows.append([math.sqrt(2 / 40) * sum(logs[i] * math.cos(math.pi / 40 * k * (i + 0.5)) for i in range(40))
                     for k in range(40)])
    return numpy.array(rows)


class Geometry(unittest.TestCase):
    def test_the_default_is_98_windows_of_40(self):
        shape = geometry()
        self.assertEqual((16000, 480, 160, 512), (shape.clip_samples, shape.window_samples, shape.stride_samples,
                                                  shape.fft_length))
        self.assertEqual((98, 40), (shape.frames, shape.columns))

    def test_average_pools_six_bins_into_43_columns(self):
        shape = geometry("--preprocess=average")
        self.assertEqual((6, 43), (shape.pool_width, shape.columns))

    def test_what_does_not_fit_is_refused(self):
        for arguments in (["--feature_bin_count=41"], ["--preprocess=average", "--feature_bin_count=300"],
                          ["--sample_rate=10"]):
            with self.subTest(arguments), self.assertRaises(ValueError):
                geometry(*arguments)


class Matrices(unittest.TestCase):
    def test_a_bin_between_two_centres_is_divided_between_them(self):
        matrix = mel.mel_matrix(257, 16000)
        self.assertEqual((257, 40), matrix.shape)
        sums = matrix.sum(axis=1)
        self.assertTrue((sums[:2] == 0).all() and (sums[129:] == 0).all())
        numpy.testing.assert_allclose(1.0, sums[10:110], rtol=1e-6)

    def test_the_cosines_are_orthogonal(self):
        cosines = mel.cosine_matrix(40)
        product = cosines.T @ cosines
        numpy.testing.assert_allclose(product, numpy.diag([2.0] + [1.0] * 39), atol=1e-5)


@unittest.skipIf(tensorflow is None, "TensorFlow is not installed")
class Features(unittest.TestCase):
    def make(self, samples, *arguments):
        from speech_commands import features
        audio = tensorflow.constant([samples], tensorflow.float32) / 32768.0
        return features.features(audio, geometry(*arguments)).numpy()[0]

    def test_mfcc_equals_the_definition(self):
        samples = [a + b for a, b in zip(tone(440), tone(1250, peak=900))]
        made = self.make(samples)
        self.assertEqual((98, 40), made.shape)
        numpy.testing.assert_allclose(made, plain_mfcc(samples), atol=0.02)

    def test_digital_silence_has_the_known_value(self):
        made = self.make([0] * 16000)
        expected = math.sqrt(2 / 40) * 40 * math.log(1e-12)  # about -247
        numpy.testing.assert_allclose(made[:, 0], expected, rtol=1e-4)
        numpy.testing.assert_allclose(made[:, 1:], 0, atol=1e-2)

    def test_average_pools_the_power_of_a_tone_into_its_column(self):
        made = self.make(tone(1000), "--preprocess=average")  # bin 32: the sixth column
        self.assertEqual((98, 43), made.shape)
        self.assertEqual([5] * 98, made.argmax(axis=1).tolist())

    def test_noise_is_mixed_by_its_gain_and_cut_at_full_scale(self):
        from speech_commands import features
        mixed = features.mix([[16384, 32767, 0]], [[-16384, 32767, 16384]], tensorflow.constant([0.5])).numpy()
        numpy.testing.assert_allclose(mixed, [[0.25, 1.0, 0.25]], atol=1e-4)


if __name__ == "__main__":
    unittest.main()
