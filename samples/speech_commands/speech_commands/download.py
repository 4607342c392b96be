"""Fetching the public archive of recorded words."""

import http.client
import logging
import urllib.request

import tensorflow as tf

from speech_commands.errors import Refusal

log = logging.getLogger("speech_commands")

_BLOCK_BYTES = 4 << 20
_SILENT_SECONDS = 60


def fetch(url, data_dir):
    """Puts the archive into `data_dir` (which may be gs://), under its name only when it is whole."""
    name = url.rstrip("/").rsplit("/", 1)[-1]
    path = data_dir.rstrip("/") + "/" + name
    if not name.endswith((".tar.gz", ".tgz")):
        raise Refusal("--data_url must name a .tar.gz archive, not %s." % url, status=2)
    log.info("Fetching %s into %s", url, data_dir)
    try:
        tf.io.gfile.makedirs(data_dir)
        with urllib.request.urlopen(url, timeout=_SILENT_SECONDS) as answer:
            with tf.io.gfile.GFile(path + ".part", "wb") as out:
                _copy(answer, out)
        tf.io.gfile.rename(path + ".part", path, overwrite=True)
    except (OSError, ValueError, http.client.HTTPException, tf.errors.OpError) as error:
        _forget(path + ".part")
        reason = str(getattr(error, "reason", None) or error).strip(". ")
        raise Refusal(
            "Cannot fetch %s (%s): make a set of synthetic words with \"samples/speech_commands/make_dataset --output "
            "DIR\" and give --data_dir DIR (DIR may be copied to gs:// first)." % (url, reason))


def _forget(path):
    try:
        tf.io.gfile.remove(path)
    except tf.errors.OpError:
        pass  # it was never made


def _copy(answer, out):
    total = int(answer.headers.get("Content-Length") or 0)
    done = told = 0
    for block in iter(lambda: answer.read(_BLOCK_BYTES), b""):
        out.write(block)
        done += len(block)
        if total and done * 10 // total > told:
            told = done * 10 // total
            log.info("Fetched %d0%% of %.1f MB", told, total / 1e6)
    if done < total:
        raise OSError("cut off after %d of %d bytes" % (done, total))
