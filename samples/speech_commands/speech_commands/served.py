"""A served version of the model, asked over HTTP. Standard library only: it runs where no TensorFlow is."""

import base64
import http.client
import json
import os
import queue
import time
import urllib.parse

from speech_commands.errors import Refusal

REQUEST_BYTES = 1572864  # the largest request that an engine takes
_ROUND_WAV_BYTES = 64  # of JSON around one file
_SECONDS = 90  # for one answer; the engine itself gives up after 60
_PATIENCE_SECONDS = 60  # with an engine that says it is busy
_ASK = "/v1/projects/%s/models/%s%s:predict"


class Served:
    """Thread-safe: each request under way has a connection, which is kept for the next one until close()."""

    at_once = 2  # requests: one is answered while the next is sent

    def __init__(self, model, version="", project="", endpoint=""):
        self._endpoint = urllib.parse.urlsplit(endpoint or _endpoint())
        if self._endpoint.scheme not in ("http", "https") or not self._endpoint.hostname:
            raise Refusal("The endpoint must be like http://127.0.0.1:8650, not %s." % self._endpoint.geturl())
        version = "/versions/" + _quoted(version) if version else ""
        project = project or os.environ.get("MLENGINE_PROJECT") or "default"
        self._path = self._endpoint.path.rstrip("/") + _ASK % (_quoted(project), _quoted(model), version)
        self._idle = queue.SimpleQueue()  # of connections

    def ask(self, files):
        """(labels, a list of scores for each of `files`, the bytes of WAV files of one clip). Raises Refusal."""
        instances = [{"audio_bytes": {"b64": base64.b64encode(file).decode("ascii")}} for file in files]
        answer = self._answer(json.dumps({"instances": instances}).encode("ascii"))
        if "predictions" not in answer:
            raise Refusal("The model refuses it: %s" % answer.get("error", "it answers with no predictions"))
        predictions = answer["predictions"]
        if not all(isinstance(one, dict) and "labels" in one and "scores" in one for one in predictions):
            raise Refusal("This version does not name its scores: export the model again with this package "
                          "(python -m speech_commands.export) and deploy it.")
        if len(predictions) != len(files):
            raise Refusal("The model answers %d of %d windows." % (len(predictions), len(files)))
        return predictions[0]["labels"], [one["scores"] for one in predictions]

    def _answer(self, body):
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            status, headers, text = self._call(body)
            if status not in (429, 503) or time.monotonic() > deadline:
                break
            time.sleep(_seconds(headers.get("Retry-After")))
        try:
            answer = json.loads(text)
        except ValueError:
            answer = None
        if status == 200 and isinstance(answer, dict):
            return answer
        try:
            reason = answer["error"]["message"]
        except (TypeError, KeyError):
            reason = text.decode("utf-8", "replace")[:200]
        raise Refusal("%s answers with status %d: %s" % (self._endpoint.geturl(), status, reason))

    def close(self):
        while not self._idle.empty():
            self._idle.get().close()

    def _call(self, body):
        """(status, headers, body) of one answer. A connection that the engine closed meanwhile is made anew."""
        while True:
            try:
                connection, is_kept = self._idle.get_nowait(), True
            except queue.Empty:
                connection, is_kept = self._connection(), False
            try:
                connection.request("POST", self._path, body, {"Content-Type": "application/json"})
                response = connection.getresponse()
                answer = response.status, response.headers, response.read()
                self._idle.put(connection)
                return answer
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                if not is_kept:
                    raise Refusal("No answer from %s (%s): is the engine there? Give --endpoint, or set "
                                  "MLENGINE_ENDPOINT." % (self._endpoint.geturl(), error))

    def _connection(self):
        kind = http.client.HTTPSConnection if self._endpoint.scheme == "https" else http.client.HTTPConnection
        return kind(self._endpoint.hostname, self._endpoint.port, timeout=_SECONDS)


def most_files(file_bytes):
    """How many WAV files of that size go into one request."""
    return max(1, REQUEST_BYTES // (4 * (file_bytes // 3 + 1) + _ROUND_WAV_BYTES))


def _endpoint():
    """Where the engine is, as the command line finds it."""
    if os.environ.get("MLENGINE_ENDPOINT"):
        return os.environ["MLENGINE_ENDPOINT"]
    folder = os.environ.get("MLENGINE_DATA_DIR") or (
        "/var/lib/mlengine" if os.geteuid() == 0 else os.path.expanduser("~/.mlengine"))
    try:
        with open(os.path.join(folder, "run", "endpoint")) as file:
            return file.read().strip()
    except OSError:
        return "http://127.0.0.1:8650"


def _quoted(name):
    return urllib.parse.quote(name, safe="")


def _seconds(text):
    try:
        return min(10.0, max(0.1, float(text)))
    except (TypeError, ValueError):
        return 1.0
