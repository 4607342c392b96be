"""A trained model as a SavedModel that takes WAV files.

    serving_default    audio_bytes (string [n])                   -> label, score, labels, scores
    serving_with_key   audio_bytes (string [n]), key (string [n]) -> key and the same

An audio_bytes is a whole WAV file: 16-bit PCM, mono, of the sample rate of the training; it is padded to the length of
a clip, or cut to it where it is a little longer. What is no such file is refused with a sentence that names it.
`label` (string [n]) and `score` (float [n]) are the best answer, `labels` and `scores` [n, labels] all of them in the
order of the training: an answer can be read without knowing the words that were trained. Inputs of a signature cannot
be optional, hence a second one that hands a key through, with which the answers of a batch prediction are matched to
the questions.

python -m speech_commands.export takes the flags of the training and exports its newest checkpoint again.
"""

import logging
import sys

from speech_commands import errors, flags

log = logging.getLogger("speech_commands")

_LONGEST = 3  # half clips: a word beyond the first clip would be missed, and nobody told


def write(model, shape, labels, export_dir):
    """Writes the SavedModel. `shape`: Geometry of a clip; `labels`: their names in the order of the scores."""
    import tensorflow as tf
    module = _served(tf, model, shape, labels)
    signatures = {"serving_default": module.classify, "serving_with_key": module.classify_with_key}
    tf.saved_model.save(module, export_dir, signatures=signatures)
    with tf.io.gfile.GFile(export_dir.rstrip("/") + "/labels.txt", "w") as out:
        out.write("\n".join(labels) + "\n")
    log.info("Exported %s", export_dir)


def _served(tf, model, shape, labels):
    from speech_commands import features

    decode = _decoder(tf, shape)

    def predict(audio_bytes):
        clips = tf.map_fn(decode, (tf.range(tf.size(audio_bytes)), audio_bytes),
                          fn_output_signature=tf.TensorSpec([shape.clip_samples], tf.float32))
        scores = tf.nn.softmax(model(features.features(clips, shape), training=False))
        names = tf.constant(labels)
        return {"label": tf.gather(names, tf.argmax(scores, 1)), "score": tf.reduce_max(scores, 1),
                "labels": tf.tile(names[None, :], [tf.shape(scores)[0], 1]), "scores": scores}

    strings = lambda name: tf.TensorSpec([None], tf.string, name=name)

    class Served(tf.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        @tf.function(input_signature=[strings("audio_bytes")])
        def classify(self, audio_bytes):
            return predict(audio_bytes)

        @tf.function(input_signature=[strings("audio_bytes"), strings("key")])
        def classify_with_key(self, audio_bytes, key):
            return dict(predict(audio_bytes), key=key)

        @tf.function(input_signature=[])
        def describe(self):
            """What a client needs to know: names of the scores, sample rate in Hz."""
            return {"labels": tf.constant(labels), "sample_rate": tf.constant(shape.sample_rate)}

    return Served()


def _decoder(tf, shape):
    """A function of (place in the request, WAV file), int32 [] and string [], that gives float32 [clip_samples]."""
    wanted = "the model takes WAV files of 16-bit PCM, mono, at %d Hz, of %g s" % (
        shape.sample_rate, shape.clip_samples / float(shape.sample_rate))

    def check(holds, place, *words):
        sentence = tf.strings.join(["Instance ", tf.strings.as_string(place), " ", *words, "; ", wanted, "."])
        return tf.debugging.Assert(holds, [sentence])

    def decode(question):
        place, wav = question
        head = tf.strings.substr(wav + " " * 12, 0, 12)  # an empty string has no part that could be looked at
        is_wav = tf.logical_and(tf.equal(tf.strings.substr(head, 0, 4), "RIFF"),
                                tf.equal(tf.strings.substr(head, 8, 4), "WAVE"))
        with tf.control_dependencies([check(is_wav, place, "is not a WAV file")]):
            audio, rate = tf.audio.decode_wav(wav)
        count, channels = tf.shape(audio)[0], tf.shape(audio)[1]
        seconds = tf.strings.as_string(tf.cast(count, tf.float32) / tf.cast(rate, tf.float32), precision=2)
        fits = [check(tf.equal(rate, shape.sample_rate), place, "is sampled at ", tf.strings.as_string(rate), " Hz"),
                check(tf.equal(channels, 1), place, "has ", tf.strings.as_string(channels), " channels"),
                check(tf.greater(count, 0), place, "holds no samples"),
                check(tf.less_equal(count, _LONGEST * shape.clip_samples // 2), place, "lasts ", seconds,
                      " s (for a long sound: python -m speech_commands.stream)")]
        with tf.control_dependencies(fits):
            mono = audio[:shape.clip_samples, 0]
            return tf.pad(mono, [[0, shape.clip_samples - tf.shape(mono)[0]]])

    return decode


def main(arguments):
    options, _ = flags.parse(arguments)
    if not options.export_dir:
        raise errors.Refusal("--export_dir must not be empty.", status=2)
    errors.require_tensorflow()
    from speech_commands import program
    program.set_up_logging(options)
    parts = program.build(options)
    if not parts.checkpoints.resume():
        raise errors.Refusal("There is no checkpoint in %s." % (options.start_checkpoint or options.train_dir))
    write(parts.model, parts.shape, parts.labels, options.export_dir)


if __name__ == "__main__":
    sys.exit(errors.run(main, sys.argv[1:]))
