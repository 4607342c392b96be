"""Audio to spectral features, a batch at a time."""

import tensorflow as tf

from speech_commands.mel import cosine_matrix, mel_matrix

_SMALLEST = 1e-12  # below it the logarithm of digital silence would be minus infinity


def mix(clips, noise, noise_gain):
    """Audio in [-1, 1], float32 [batch, samples], of int16 clips and noise [batch, samples]; gain [batch]."""
    full_scale = 1.0 / 32768.0
    audio = tf.cast(clips, tf.float32) * full_scale
    audio += tf.cast(noise, tf.float32) * (noise_gain * full_scale)[:, None]
    return tf.clip_by_value(audio, -1.0, 1.0)


def magnitudes(audio, shape):
    """Spectra, float32 [batch, frames, fft_length / 2 + 1], of audio [batch, samples]; `shape` is a Geometry."""
    frames = tf.signal.frame(audio, shape.window_samples, shape.stride_samples)
    window = tf.signal.hann_window(shape.window_samples, periodic=True)
    return tf.abs(tf.signal.rfft(frames * window, [shape.fft_length]))


def features(audio, shape):
    """Float32 [batch, frames, columns] of audio in [-1, 1], float32 [batch, clip_samples]."""
    spectra = magnitudes(audio, shape)
    if shape.preprocess == "average":
        pool = [1, shape.pool_width]
        return tf.squeeze(tf.nn.avg_pool2d(tf.square(spectra)[..., None], pool, pool, "SAME"), -1)
    bins = shape.fft_length // 2 + 1
    channels = tf.tensordot(spectra, mel_matrix(bins, shape.sample_rate), 1)
    return tf.tensordot(tf.math.log(tf.maximum(channels, _SMALLEST)), cosine_matrix(shape.columns), 1)
