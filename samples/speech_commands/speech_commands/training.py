"""The run: steps, summaries, checkpoints, validations, the final test."""

import concurrent.futures
import contextlib
import logging
import math
import signal
import sys
import threading

import tensorflow as tf

from speech_commands.errors import Refusal
from speech_commands.flags import learning_rate_at

log = logging.getLogger("speech_commands")

_LOCAL_FLUSH_MS = 5_000
_REMOTE_FLUSH_MS = 60_000  # an object cannot be appended to: each flush may write the whole file anew


class Summaries:
    """The curves of one part of the set under summaries_dir/<part>."""

    def __init__(self, summaries_dir, part):
        path = summaries_dir.rstrip("/") + "/" + part
        flush = _REMOTE_FLUSH_MS if "://" in path else _LOCAL_FLUSH_MS
        self._writer = tf.summary.create_file_writer(path, max_queue=100_000, flush_millis=flush)

    def add(self, step, loss, accuracy):
        with self._writer.as_default(step):
            tf.summary.scalar("cross_entropy", loss)
            tf.summary.scalar("accuracy", accuracy)

    def flush(self):
        self._writer.flush()

    def close(self):
        self._writer.close()


class StopRequest:
    """Turns SIGTERM into a question the loop asks between steps, so that a stopped run keeps its last steps."""

    def __init__(self):
        self._event = threading.Event()
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, lambda *_: self._event.set())

    def __bool__(self):
        return self._event.is_set()


def pauses_after(options, step, last):
    """Whether a step is followed by a checkpoint or a validation."""
    return step % options.save_step_interval == 0 or step % options.eval_step_interval == 0 or step == last


class Alone:
    """The steps of a process that trains by itself. `speech`: a SpeechSet; `steps`: a Steps."""

    def __init__(self, options, speech, steps):
        self._options, self._speech, self._steps = options, speech, steps

    def results(self, done, last, stop):
        """Does the steps after `done`; yields (step, rate, loss, accuracy) of each. Ends after `last`, or early when
        `stop` becomes true; the last step it yields is then the last that was done."""
        batches = self._speech.random_batches(self._options, seed=done)
        with concurrent.futures.ThreadPoolExecutor(1) as ahead:  # gathers a batch while the step before runs
            following = ahead.submit(next, batches)
            for step in range(done + 1, last + 1):
                batch, following = following.result(), ahead.submit(next, batches)
                rate = learning_rate_at(self._options.phases, step)
                yield (step, rate) + self._steps.train(batch, rate)
                if stop:
                    return


class Run:
    """`speech`: a SpeechSet; `work`: what does the steps, an Alone or a shared.Together; `parts`: program.Parts."""

    def __init__(self, options, speech, work, parts):
        self._options, self._speech, self._work, self._steps = options, speech, work, parts.steps
        self._checkpoints, self._labels = parts.checkpoints, parts.labels
        self._stop = StopRequest()
        self._train_summaries = Summaries(options.summaries_dir, "train")
        self._validation_summaries = Summaries(options.summaries_dir, "validation")

    def train(self):
        """Runs all steps that remain. Ends the process with status 143 on SIGTERM, after a checkpoint."""
        done = self._checkpoints.resume()
        self._checkpoints.write_labels()
        last = sum(phase.steps for phase in self._options.phases)
        if done >= last:
            log.info("All %d steps are done already", last)
        step = done
        try:
            with contextlib.closing(self._work.results(done, last, self._stop)) as results:
                for step, rate, loss, accuracy in results:
                    self._step(step, last, rate, loss, accuracy)
            if step < last:
                self._checkpoints.save(step)
                log.warning("Stopped by SIGTERM after step %d of %d", step, last)
                sys.exit(128 + signal.SIGTERM)
        finally:
            self._train_summaries.close()
            self._validation_summaries.close()

    def test(self):
        """The final test; returns its accuracy from 0 to 1."""
        _, accuracy, confusion = self._judge("testing")
        log.info("Final test accuracy = %.1f%% (N=%d)", accuracy * 100, self._speech.size("testing"))
        return accuracy

    def _step(self, step, last, rate, loss, accuracy):
        options = self._options
        self._train_summaries.add(step, loss, accuracy)
        log.info("Step #%d: rate %f, accuracy %.1f%%, cross entropy %f", step, rate, accuracy * 100, loss)
        if options.check_nans and not math.isfinite(loss):
            raise Refusal("The cross entropy is not a number at step %d: try a lower --learning_rate (checkpoints "
                          "before it are in %s)." % (step, options.train_dir))
        if step % options.save_step_interval == 0 or step == last:
            self._checkpoints.save(step)
        if step % options.eval_step_interval == 0 or step == last:
            self._validate(step)

    def _validate(self, step):
        if not self._speech.size("validation"):
            return
        loss, accuracy, _ = self._judge("validation")
        self._validation_summaries.add(step, loss, accuracy)
        self._validation_summaries.flush()
        self._train_summaries.flush()
        log.info("Step %d: Validation accuracy = %.1f%% (N=%d)", step, accuracy * 100, self._speech.size("validation"))

    def _judge(self, part):
        batches = self._speech.ordered_batches(part, self._options.batch_size)
        loss, accuracy, confusion = self._steps.judge(batches)
        log.info("Confusion matrix of %s, a row for each truth, columns in the same order:", part)
        width = len(str(confusion.max())) + 1
        for label, row in zip(self._labels, confusion):
            log.info("%-10s %s", label, "".join("%*d" % (width, count) for count in row))
        return loss, accuracy, confusion
