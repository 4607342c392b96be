"""Asks an exported model what is said in a WAV file.

    python -m speech_commands.label_wav --wav FILE.wav --model EXPORT_DIR [--labels FILE.txt] [--how_many_labels 3]

Prints the most likely labels, the best first: `left (score = 0.81477)`. All places may be gs://.
"""

import sys

from speech_commands import errors, saved


def main(arguments):
    parser = errors.Parser(prog="python -m speech_commands.label_wav", description=__doc__.split("\n")[0])
    parser.add_argument("--wav", required=True, help="16-bit PCM, mono, at the rate of the training")
    parser.add_argument("--model", required=True, help="the export_dir of a training")
    parser.add_argument("--labels", help="names of the scores, one a line (default: those in the model)")
    parser.add_argument("--how_many_labels", type=int, default=3, help="labels to print (default: %(default)s)")
    options = parser.parse_args(arguments)
    if options.how_many_labels < 1:
        raise errors.Refusal("--how_many_labels must be 1 or more.", status=2)
    tf = errors.require_tensorflow()
    model, labels, sample_rate = saved.load(tf, options.model)
    if options.labels:
        labels = _labels_in(tf, options.labels, len(labels))
    data = _checked_wav(tf, options.wav, sample_rate)
    try:
        answer = model.signatures["serving_default"](audio_bytes=tf.constant([data]))
    except tf.errors.InvalidArgumentError as error:
        raise errors.Refusal("%s: %s" % (options.wav, errors.reason_of(str(error.message or error))))
    ranked = sorted(zip(answer["scores"][0].numpy(), labels), reverse=True)
    for score, label in ranked[:options.how_many_labels]:
        print("%s (score = %.5f)" % (label, score))


def _labels_in(tf, path, count):
    try:
        with tf.io.gfile.GFile(path, "r") as file:
            labels = file.read().splitlines()
    except tf.errors.OpError:
        raise errors.Refusal("Cannot read %s." % path)
    if len(labels) != count:
        raise errors.Refusal("%s names %d labels, and the model has %d." % (path, len(labels), count))
    return labels


def _checked_wav(tf, path, sample_rate):
    from speech_commands import wav
    try:
        with tf.io.gfile.GFile(path, "rb") as file:
            data = file.read()
    except tf.errors.OpError:
        raise errors.Refusal("Cannot read %s." % path)
    try:
        wav.samples(data, sample_rate)
    except ValueError as reason:
        raise errors.Refusal("%s: %s." % (path, reason))
    return data


if __name__ == "__main__":
    sys.exit(errors.run(main, sys.argv[1:]))
