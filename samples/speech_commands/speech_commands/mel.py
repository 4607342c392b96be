"""The two constant matrices of the mfcc features, and the geometry of a clip. Pure numpy."""

import collections
import math

import numpy as np

MEL_CHANNELS = 40
LOWEST_HZ = 20.0
HIGHEST_HZ = 4000.0

Geometry = collections.namedtuple(
    "Geometry", "sample_rate clip_samples window_samples stride_samples fft_length frames columns preprocess "
                "pool_width")


def geometry(options):
    """The sizes that follow from the flags: samples, windows ("frames") of a clip, features ("columns") of a frame, and
    how many neighbouring bins of a spectrum `average` pools into a column.

    Raises ValueError with a sentence where they do not fit together.
    """
    clip = int(options.sample_rate * options.clip_duration_ms / 1000)
    window = int(options.sample_rate * options.window_size_ms / 1000)
    stride = int(options.sample_rate * options.window_stride_ms / 1000)
    if clip < window or window < 2 or stride < 1:
        raise ValueError("The clip, its windows and their stride must be at least a few samples long.")
    fft_length = 1 << (window - 1).bit_length()
    bins = fft_length // 2 + 1
    columns, width = options.feature_bin_count, 1
    if options.preprocess == "average":
        if columns > bins:
            raise ValueError("--feature_bin_count must not exceed the %d bins of a spectrum." % bins)
        width = bins // columns
        columns = math.ceil(bins / width)
    elif columns > MEL_CHANNELS:
        raise ValueError("--feature_bin_count must not exceed %d with --preprocess mfcc." % MEL_CHANNELS)
    return Geometry(options.sample_rate, clip, window, stride, fft_length, 1 + (clip - window) // stride, columns,
                    options.preprocess, width)


def mel(hertz):
    return 1127.0 * math.log(1.0 + hertz / 700.0)


def mel_matrix(bins, sample_rate):
    """Float32 [bins, 40]: how a magnitude spectrum (0 Hz to half the rate) is spread over the channels.

    The centres of the channels are equally spaced in mel; a bin is divided between the two centres it lies between.
    """
    width = 0.5 * sample_rate / (bins - 1)  # Hz per bin
    low, span = mel(LOWEST_HZ), mel(HIGHEST_HZ) - mel(LOWEST_HZ)
    spacing = span / (MEL_CHANNELS + 1)
    matrix = np.zeros((bins, MEL_CHANNELS), np.float32)
    for index in range(int(1.5 + LOWEST_HZ / width), min(bins - 1, int(HIGHEST_HZ / width)) + 1):
        position = (mel(index * width) - low) / spacing  # 1.0 is the centre of channel 0
        left = min(max(math.ceil(position) - 1, 0), MEL_CHANNELS)  # number of centres below this bin
        share = left + 1 - position
        if left > 0:
            matrix[index, left - 1] = share
        if left < MEL_CHANNELS:
            matrix[index, left] = 1.0 - share
    return matrix


def cosine_matrix(coefficients):
    """Float32 [40, coefficients]: the DCT of type II, every coefficient scaled by sqrt(2 / 40)."""
    places = (np.arange(MEL_CHANNELS) + 0.5)[:, None]
    turns = np.pi / MEL_CHANNELS * places * np.arange(coefficients)[None, :]
    return (math.sqrt(2.0 / MEL_CHANNELS) * np.cos(turns)).astype(np.float32)
