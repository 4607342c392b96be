"""A trained model as a SavedModel that takes WAV files.

    serving_default    audio_bytes (string [n])                   -> label (string [n]), scores (float [n, labels])
    serving_with_key   audio_bytes (string [n]), key (string [n]) -> key, label, scores

An audio_bytes is a whole WAV file: 16-bit PCM, mono, of the sample rate of the training; it is cut or padded to
the length of a clip. Inputs of a signature cannot be optional, hence a second one that hands a key through, with
which the answers of a batch prediction are matched to the questions.

python -m speech_commands.export takes the flags of the training and exports its newest checkpoint again.
"""

import logging
import sys

from speech_commands import errors, flags

log = logging.getLogger("speech_commands")


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

    def decode(wav):
        """Float32 [clip_samples] of a WAV file, a string []."""
        audio, rate = tf.audio.decode_wav(wav, desired_samples=shape.clip_samples)
        fits = [tf.debugging.assert_equal(rate, shape.sample_rate, "The WAV file must be sampled at %d Hz."
                                          % shape.sample_rate),
                tf.debugging.assert_equal(tf.shape(audio)[1], 1, "The WAV file must be mono.")]
        with tf.control_dependencies(fits):
            return audio[:, 0]

    def predict(audio_bytes):
        clips = tf.map_fn(decode, audio_bytes, fn_output_signature=tf.TensorSpec([shape.clip_samples], tf.float32))
        scores = tf.nn.softmax(model(features.features(clips, shape), training=False))
        return {"label": tf.gather(tf.constant(labels), tf.argmax(scores, 1)), "scores": scores}

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
