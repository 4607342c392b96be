"""A SavedModel that speech_commands.export wrote, in this process. All places may be gs://."""

from speech_commands import errors


class Saved:
    """Answers as served.Served does."""

    at_once = 1  # TensorFlow has all cores for one request

    def __init__(self, path):
        self._tf = errors.require_tensorflow()
        self._model, self.labels, self.sample_rate = load(self._tf, path)

    def ask(self, files):
        """(labels, a list of scores for each of `files`, the bytes of WAV files of one clip). Raises Refusal."""
        try:
            answer = self._model.signatures["serving_default"](audio_bytes=self._tf.constant(files))
        except self._tf.errors.InvalidArgumentError as error:
            raise errors.Refusal("The model refuses it: " + errors.reason_of(str(error.message or error)))
        return self.labels, answer["scores"].numpy().tolist()

    def close(self):
        pass


def load(tf, path):
    """(model, labels, sample rate in Hz) of a SavedModel that speech_commands.export wrote."""
    if not tf.io.gfile.exists(path.rstrip("/") + "/saved_model.pb"):
        raise errors.Refusal("There is no model in %s." % path)
    model = tf.saved_model.load(path)
    if not hasattr(model, "describe"):
        raise errors.Refusal("%s is not a model that speech_commands.export wrote." % path)
    described = model.describe()
    return model, [label.decode() for label in described["labels"].numpy()], int(described["sample_rate"])
