"""The clips that a worker of a cluster reads by itself, and the batches it makes of them, as graphs.

The chief hands its workers graphs, not Python. What input_data does with numpy is said here in TensorFlow: a worker
reads every training clip once, keeps them as a table, and gathers each batch from it.
"""

import collections

import tensorflow as tf

from speech_commands.input_data import Batch
from speech_commands.split import RANDOM_SEED, SILENCE_INDEX

# clips, noise: where they lie, as clips.Source.places; archive: what they lie in, or None;
# rows: int64 [items], rows of the table; labels: int32 [items]
TrainingClips = collections.namedtuple("TrainingClips", "archive clips noise rows labels")

_READERS = 16
_PCM, _EXTENSIBLE = 1, 0xFFFE
_DRAWS = 8  # random tensors that a step may take


def tables(training, sample_rate, samples):
    """An endless Dataset of always the same (clips, noise, lengths), read when it is first asked for.

    clips: int16 [clips + 1, samples], its last row silence; noise: int16 [noises, longest]; lengths: int32 [noises],
    the samples of each. Without noises there is one of silence.
    """
    def decode(name, data):
        return _samples(name, data, sample_rate)

    def decoded(places):
        return _contents(training.archive, places).map(decode, num_parallel_calls=tf.data.AUTOTUNE)

    def whole(clip):
        clip = clip[:samples]
        return tf.ensure_shape(tf.pad(clip, [[0, samples - tf.shape(clip)[0]]]), [samples])

    def long_enough(noise):
        with tf.control_dependencies([tf.debugging.Assert(tf.size(noise) >= samples, [
                "Background noise must be longer than a clip."])]):
            return tf.identity(noise), tf.size(noise)

    count = len(training.clips)
    clips = decoded(training.clips).map(whole).batch(count).map(
        lambda table: tf.concat([table, tf.zeros([1, samples], tf.int16)], 0))
    if len(training.noise):
        noises = decoded(training.noise).map(long_enough).padded_batch(len(training.noise))
    else:
        noises = tf.data.Dataset.from_tensors((tf.zeros([1, samples], tf.int16), tf.constant([samples])))
    return tf.data.Dataset.zip((clips, noises)).map(lambda table, noise: (table,) + noise).cache().repeat()


def draw(table, noise, lengths, training, options, worker, step):
    """The Batch of a step: clips drawn with replacement, shifted, with noise, as input_data draws them.

    `table`, `noise`, `lengths`: an element of `tables`. `worker`, `step`: int64 []; each worker draws otherwise in each
    step, so no two ever train on the same batch.
    """
    batch, samples = options.batch_size, table.shape[1]
    seeds = iter([tf.stack([RANDOM_SEED + worker, step * _DRAWS + number]) for number in range(_DRAWS)])

    def whole_numbers(least, bound):
        return tf.random.stateless_uniform([batch], next(seeds), least, bound, tf.int32)

    def shares():
        return tf.random.stateless_uniform([batch], next(seeds))

    chosen = whole_numbers(0, len(training.rows))
    labels = tf.gather(training.labels, chosen)
    clips = tf.gather(table, tf.gather(training.rows, chosen))
    largest_shift = int(options.time_shift_ms * options.sample_rate / 1000)
    if largest_shift:
        clips = _shifted(clips, whole_numbers(-largest_shift, largest_shift))
    gain = shares() * options.background_volume * tf.cast(shares() < options.background_frequency, tf.float32)
    gain = tf.where(labels == SILENCE_INDEX, shares(), gain)
    which = whole_numbers(0, tf.shape(noise)[0])
    places = tf.cast(tf.gather(lengths, which) - samples + 1, tf.float32)  # a noise has fewer than 2 ** 24 samples
    start = tf.cast(shares() * places, tf.int32)
    pieces = tf.map_fn(lambda piece: noise[piece[0], piece[1]:piece[1] + samples], (which, start),
                       fn_output_signature=tf.TensorSpec([samples], tf.int16))
    return Batch(clips, pieces, gain, labels)


def _shifted(clips, shifts):
    """`clips`: int16 [batch, samples]; `shifts`: int32 [batch], in samples, positive to later; zeros move in."""
    samples = clips.shape[1]
    source = tf.range(samples)[None, :] - shifts[:, None]
    moved = tf.gather(clips, tf.clip_by_value(source, 0, samples - 1), batch_dims=1)
    return tf.where((source >= 0) & (source < samples), moved, tf.zeros([], tf.int16))


def _contents(archive, places):
    """A Dataset of (name, the bytes of a file) in the order of `places`."""
    if archive is None:
        paths = tf.data.Dataset.from_tensor_slices(tf.constant(places))
        return paths.map(lambda path: (path, tf.io.read_file(path)), num_parallel_calls=_READERS)

    def files(tar):
        inside = tf.data.Dataset.from_tensor_slices(tf.constant(places, tf.int64))
        return inside.map(lambda place: (tf.strings.format(archive + " at byte {}", place[0]),
                                         tf.strings.substr(tar, place[0], place[1])))

    return tf.data.Dataset.from_tensors(archive).map(
        lambda path: tf.io.decode_compressed(tf.io.read_file(path), "GZIP")).flat_map(files)


@tf.function
def _samples(name, data, sample_rate):
    """The int16 samples [n] of a WAV file (a string []), with the rules of the module wav."""
    def number(at, kind=tf.uint16):
        return tf.cast(tf.io.decode_raw(tf.strings.substr(data, at, kind.size), kind)[0], tf.int64)

    size = tf.cast(tf.strings.length(data), tf.int64)
    position, start, length = tf.constant(12, tf.int64), tf.constant(0, tf.int64), tf.constant(0, tf.int64)
    form = tf.zeros([4], tf.int64)  # kind, channels, rate, bits
    while position + 8 <= size and start == 0:
        chunk = tf.strings.substr(data, position, 4)
        length = number(position + 4) + number(position + 6) * 65536
        position += 8
        if chunk == b"fmt " and position + 16 <= size:
            kind = number(position)
            if kind == _EXTENSIBLE and length >= 26 and position + 26 <= size:
                kind = number(position + 24)
            rate = number(position + 4) + number(position + 6) * 65536
            form = tf.stack([kind, number(position + 2), rate, number(position + 14)])
        elif chunk == b"data":
            start = position
        position += length + length % 2
    length = tf.minimum(length, size - start) // 2
    fits = start > 0 and length > 0 and tf.reduce_all(form == tf.constant([_PCM, 1, sample_rate, 16], tf.int64))
    complaint = tf.strings.join([name, ": must be a WAV file, 16-bit PCM, mono, sampled at %d Hz, with samples in it."
                                 % sample_rate])
    with tf.control_dependencies([tf.debugging.Assert(fits, [complaint])]):
        return tf.io.decode_raw(tf.strings.substr(data, start, 2 * length), tf.int16)
