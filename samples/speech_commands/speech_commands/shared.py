"""Training one model with a cluster, as its chief: parameter servers keep the variables, workers do the steps.

A worker takes the variables as they are, computes gradients on its own batch and applies them at once, whatever the
others do meanwhile. The chief hands the steps out, so that there are exactly as many as were asked for, and has a local
copy of the model, which follows at every pause: whatever reads the model (checkpoints, validation, the final test, the
export) reads that copy and need not know of a cluster.
"""

import collections
import logging
import queue
import re
import threading
import time

import tensorflow as tf

from speech_commands import attendance, models, remote_input, steps
from speech_commands.cluster import SERVING, counted
from speech_commands.errors import FITTING, Refusal, version_of
from speech_commands.flags import learning_rate_at
from speech_commands.training import pauses_after

log = logging.getLogger("speech_commands")

_OLDEST = (2, 13)  # the first whose workers know their number
_AHEAD = 3  # steps handed to a worker before the first of them is back: it never waits for the chief
_ASK_SECONDS = 1


class Team:
    """The workers and parameter servers, once all are there. `role`: of the chief.

    To be made before anything is computed, for that is when TensorFlow learns of other machines. Raises Refusal where
    someone does not come.
    """

    def __init__(self, role, options):
        if version_of(tf.__version__) < _OLDEST:
            raise Refusal("Training with a cluster needs TensorFlow %d.%d or newer and found %s: %s."
                          % (_OLDEST + (tf.__version__, FITTING)))
        others = role.addresses(*SERVING)
        attendance.wait(others, options.replica_timeout_s)
        tf.get_logger().setLevel(logging.CRITICAL)  # what it says of lost workers at length is said here in a line
        resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
            tf.train.ClusterSpec(role.hosts), task_type="chief", task_id=0, rpc_layer="grpc")
        try:
            self.strategy = tf.distribute.ParameterServerStrategy(resolver)
            self.coordinator = tf.distribute.coordinator.ClusterCoordinator(self.strategy)
        except tf.errors.OpError as error:
            raise Refusal("Cannot work with %s (%s)." % (", ".join(others), _reason(str(error.message or error))))
        self.watch = attendance.Watch(role.addresses("worker"), options.replica_timeout_s)
        self.workers, self.servers = role.count("worker"), role.addresses("ps")
        log.info("Training with %s and %s: one model, on the parameter server%s, one count of steps",
                 counted(self.workers, "worker"), counted(role.count("ps"), "parameter server"),
                 "" if role.count("ps") == 1 else "s")


class SharedModel:
    """The model, its optimizer and the count of steps, on the parameter servers. `local`: program.Parts of the copy."""

    def __init__(self, strategy, options, local):
        with strategy.scope():
            self._model = models.create(options.model_architecture, local.shape.frames, local.shape.columns,
                                        len(local.labels))
            self._optimizer = steps.optimizer(options.optimizer, self._model.trainable_variables,
                                              beside=strategy.extended.colocate_vars_with)
            self.count = tf.Variable(0, dtype=tf.int64, trainable=False, name="count")
        self.steps = steps.Steps(self._model, self._optimizer, local.shape, len(local.labels))
        self._pairs = [pair for theirs, ours in ((self._model, local.model), (self._optimizer, local.optimizer))
                       for pair in zip(theirs.variables, ours.variables)]

    def push(self, done):
        """Everything is as in the local copy, `done` steps after the beginning."""
        for theirs, ours in self._pairs:
            theirs.assign(ours.read_value())
        self.count.assign(done)

    def pull(self):
        """The local copy is as everything here; returns the count of steps."""
        for theirs, ours in self._pairs:
            ours.assign(theirs.read_value())
        return int(self.count.read_value())


class Together:
    """The steps of a cluster, as training.Alone does them. `training`: remote_input.TrainingClips."""

    def __init__(self, team, options, local, training):
        self._team, self._options, self._local, self._training = team, options, local, training
        self._shared = None  # a SharedModel while there are results
        self._step = tf.function(self._step_graph)
        self._done_by = collections.Counter()

    def results(self, done, last, stop):
        """As training.Alone.results. The steps before a pause are all done when the pause begins, and none after it."""
        try:
            yield from self._results(done, last, stop)
        except tf.errors.OpError as error:
            raise _refusal(error, self._team) from None
        log.info("Steps by worker: %s", ", ".join("worker %d did %d" % (worker, self._done_by[worker])
                                                  for worker in range(self._team.workers)))

    def _results(self, done, last, stop):
        self._shared = SharedModel(self._team.strategy, self._options, self._local)
        self._shared.push(done)
        table = iter(self._team.coordinator.create_per_worker_dataset(self._tables))
        answers = _Answers(self._team.watch, self._options.replica_timeout_s)
        handed_out = done
        while True:
            while not stop and handed_out < last and answers.waiting < _AHEAD * self._team.workers:
                if answers.waiting and pauses_after(self._options, handed_out, last):
                    break
                handed_out += 1
                rate = learning_rate_at(self._options.phases, handed_out)
                answers.expect((handed_out, rate), self._team.coordinator.schedule(
                    self._step, (table, tf.constant(handed_out, tf.int64), tf.constant(rate))))
            if not answers.waiting:
                return
            (step, rate), (loss, accuracy, worker) = answers.next()
            self._done_by[int(worker)] += 1
            if not answers.waiting:
                self._follow(step)
            yield step, rate, float(loss), float(accuracy)

    def _follow(self, step):
        more = self._shared.pull() - step
        if more:
            log.warning("%s done twice, for a worker was lost before it could tell", counted(more, "step"))
            self._shared.count.assign(step)

    def _tables(self):
        return remote_input.tables(self._training, self._options.sample_rate, self._local.shape.clip_samples)

    def _step_graph(self, table, step, rate):
        """What a worker does. `table`: an iterator of remote_input.tables; `step`: int64 []; `rate`: float32 [].
        Returns (loss, accuracy), float32 [], and the number of the worker, int64 []."""
        worker = tf.distribute.coordinator.experimental_get_current_worker_index()
        with tf.device("CPU:0"):  # the table stays in memory
            batch = remote_input.draw(*next(table), self._training, self._options, worker, step)
        loss, accuracy = self._shared.steps.train_graph(*batch, rate)
        self._shared.count.assign_add(1)
        return loss, accuracy, worker


class _Answers:
    """What comes back from the workers, in the order it was asked for. `limit`: seconds for a lost worker's answer to
    come from another."""

    def __init__(self, watch, limit):
        self._watch, self._limit, self.waiting = watch, limit, 0
        self._asked, self._came = queue.Queue(), queue.Queue()
        # A thread of its own, for TensorFlow waits for ever where every worker is gone.
        threading.Thread(target=self._fetch, daemon=True).start()

    def expect(self, name, value):
        self.waiting += 1
        self._asked.put((name, value))

    def next(self):
        """The (name, result) that was asked for first. Raises what the worker raised, and what the watch does."""
        while True:
            try:
                name, result, error = self._came.get(timeout=_ASK_SECONDS)
            except queue.Empty:
                self._watch.check()
                continue
            if error:
                raise error
            self.waiting -= 1
            return name, result

    def _fetch(self):
        while True:
            name, value = self._asked.get()
            try:
                self._came.put((name, self._result(value), None))
            except Exception as error:  # whatever it is belongs to the one who waits
                self._came.put((name, None, error))

    def _result(self, value):
        give_up = time.monotonic() + self._limit
        while True:
            try:
                return value.fetch()
            except tf.errors.OpError as error:
                # The worker went between doing the step and handing over what it told. The step is being done again.
                if not _is_of_lost_worker(error) or time.monotonic() > give_up:
                    raise
            time.sleep(_ASK_SECONDS)


def _reason(text):
    """The line of an error of a graph that says what happened, after those that say where."""
    read = re.search(r"transformation with iterator: \S+: (.*)", text)
    where = ("Graph execution error", "Detected at", "<stack")
    told = [line for line in text.splitlines() if line.strip() and not line.startswith(where)]
    return (read.group(1) if read else told[0] if told else text).strip()[:300]


def _is_of_lost_worker(error):
    text = str(error)
    if "/job:worker" not in text or "remote target /job:ps" in text:
        return False
    return isinstance(error, (tf.errors.UnavailableError, tf.errors.AbortedError)) or "remote_handle" in text


def _refusal(error, team):
    """The Refusal that says what `error` means to a user."""
    if isinstance(error, tf.errors.CancelledError):  # another step failed before this one
        try:
            team.coordinator.join()
        except tf.errors.OpError as first:
            error = first
    text = str(error.message or error)
    asserted = re.search(r"assertion failed: \[(.*?)\]", text, re.DOTALL)
    if asserted:
        return Refusal(asserted.group(1))
    reason = _reason(text)
    if isinstance(error, (tf.errors.NotFoundError, tf.errors.PermissionDeniedError)):
        return Refusal("A worker cannot read the clips (%s): --data_dir must be a place that every replica sees."
                       % reason)
    if isinstance(error, (tf.errors.UnavailableError, tf.errors.AbortedError)):
        lost = attendance.absent(team.servers)
        who = ", ".join(lost) + " is" if lost else "A parameter server was"
        return Refusal("%s lost, and with it the steps since the last checkpoint: train again with the same "
                       "--train_dir to go on from there." % who)
    return Refusal("The workers cannot go on (%s)." % reason)
