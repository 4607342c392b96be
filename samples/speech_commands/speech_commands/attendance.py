"""Whether the other replicas of a cluster are there: asks at their addresses, says whom it waits for and how long."""

import logging
import socket
import threading
import time

from speech_commands.errors import Refusal

log = logging.getLogger("speech_commands")

_ASK_SECONDS = 2  # for one answer, and between two questions
_SILENT_SECONDS = 5  # before a wait is worth a line


def answers(address):
    """Whether something listens at host:port."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), _ASK_SECONDS).close()
        return True
    except OSError:
        return False


def absent(addresses):
    """Those of {name: address} that do not answer, as "name (address)"."""
    return ["%s (%s)" % (name, address) for name, address in addresses.items() if not answers(address)]


def wait(addresses, limit):
    """Returns when all of {name: address} answer. Raises Refusal after `limit` seconds with the names of the others."""
    start, told = time.monotonic(), False
    while True:
        missing = absent(addresses)
        waited = time.monotonic() - start
        if not missing:
            return
        if waited >= limit:
            raise Refusal("No answer within %d s from %s: look at the log of each for why it has not started, or wait "
                          "longer with --replica_timeout_s." % (limit, ", ".join(missing)))
        if not told and waited >= min(_SILENT_SECONDS, limit / 2):
            log.info("Waiting up to %d s for %s", limit, ", ".join(missing))
            told = True
        time.sleep(min(_ASK_SECONDS, limit / 10))


class Watch:
    """Says who of {name: address} goes and comes back, from a thread of its own, for as long as the process lives."""

    def __init__(self, addresses, limit):
        self._addresses, self._limit = addresses, limit
        self._seen_at, self._gone = time.monotonic(), set()
        self._verdict = None
        threading.Thread(target=self._look_for_ever, daemon=True).start()

    def check(self):
        """Raises Refusal when all have been gone for `limit` seconds."""
        if self._verdict:
            raise self._verdict

    def _look_for_ever(self):
        while not self._verdict:
            self._look()
            time.sleep(_ASK_SECONDS)

    def _look(self):
        now, gone = time.monotonic(), set(absent(self._addresses))
        for name in sorted(gone - self._gone):
            log.warning("%s no longer answers", name)
        for name in sorted(self._gone - gone):
            log.info("%s answers again", name)
        self._gone = gone
        if len(gone) < len(self._addresses):
            self._seen_at = now
        elif now - self._seen_at >= self._limit:
            self._verdict = Refusal("No answer for %d s from %s, and none is left to train: the steps since the last "
                                    "checkpoint are lost." % (self._limit, ", ".join(sorted(gone))))
