"""The life of a worker after its model is loaded: one thread reads requests, the main one runs them one after the
other, and a third sees that none runs for ever. A ping is answered at once, whatever runs."""
from __future__ import print_function

import os
import signal
import sys
import threading
import time

from mlengine_worker import faults, protocol
from mlengine_worker.answers import answer

try:
    from queue import Queue
except ImportError:
    from Queue import Queue

MOST_WAITING = 4096  # the engine keeps the queue short; this is against a wrong one
EXIT_OVERTIME = 70
EXIT_DAMAGED = 1

_now = getattr(time, "monotonic", time.time)


def leave():
    """The engine is gone: nothing of this process is to stay, what it started included."""
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(0)


def tell(text):
    print("mlengine-worker:", text, file=sys.stderr)
    sys.stderr.flush()


class Server(object):
    def __init__(self, channel, model, limit):
        self._channel = channel
        self._model = model
        self._limit = limit  # seconds of one prediction
        self._waiting = Queue()
        self._began = None  # when the one that runs began

    def run(self):
        """Does not return."""
        for work in (self._read, self._watch):
            thread = threading.Thread(target=work)
            thread.daemon = True
            thread.start()
        while True:
            number, body = self._waiting.get()
            self._began = _now()
            fault, text = answer(self._model, body)
            self._began = None
            self._send(protocol.prediction(number, fault, text))

    def _send(self, message):
        try:
            self._channel.send(message)
        except Exception:
            pass  # a broken socket is seen by the reader

    def _read(self):
        try:
            while True:
                message = self._channel.receive()
                if message is None:
                    leave()
                self._take(*message)
        except Exception as error:
            tell(faults.words_of(error))
            os._exit(EXIT_DAMAGED)

    def _take(self, kind, number, payload):
        if kind == protocol.PING:
            return self._send(protocol.encode(protocol.PONG, number))
        if kind != protocol.PREDICT:
            raise protocol.Damaged("a message of an unknown kind came")
        if self._waiting.qsize() >= MOST_WAITING:
            return self._send(protocol.prediction(number, faults.FAILED_TO_RUN, u"too many requests wait"))
        self._waiting.put((number, protocol.decode_predict(payload)))

    def _watch(self):
        """Python has no way to stop a thread: the process goes, and the engine starts another."""
        while True:
            time.sleep(1)
            began = self._began
            if began is not None and _now() - began > self._limit + 1:
                tell("a prediction has run for more than %d s; this process ends" % self._limit)
                os._exit(EXIT_OVERTIME)
