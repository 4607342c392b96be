"""A worker or a parameter server: computes or keeps what the chief tells it to, for as long as there is a chief."""

import logging
import os
import time

import tensorflow as tf

from speech_commands import attendance
from speech_commands.errors import Refusal

log = logging.getLogger("speech_commands")

_ASK_SECONDS = 2


def serve(role, options):
    """Serves until the chief has been gone for options.replica_timeout_s; returns the exit status.

    A chief that is started again within that time finds its workers and parameter servers. Raises Refusal where the
    address is taken and where no chief ever comes.
    """
    _choose_devices(role)
    server = _start(role)
    log.info("%s %d serves at %s", role.kind, role.index, role.hosts[role.kind][role.index])
    chief = role.addresses("chief")
    attendance.wait(chief, options.replica_timeout_s)
    log.info("The chief is there")
    seen = time.monotonic()
    while time.monotonic() - seen < options.replica_timeout_s:
        time.sleep(_ASK_SECONDS)
        if not attendance.absent(chief):
            seen = time.monotonic()
    log.info("The chief has been gone for %d s: %s %d ends", options.replica_timeout_s, role.kind, role.index)
    del server
    return 0


def _choose_devices(role):
    """One GPU is what a worker computes on; a parameter server adds up in memory."""
    gpus = tf.config.list_physical_devices("GPU")
    tf.config.set_visible_devices(gpus[:1] if role.kind == "worker" else [], "GPU")


def _start(role):
    # Requests wait for each other: with fewer threads than replicas they could all be taken by waiting ones.
    config = tf.compat.v1.ConfigProto(inter_op_parallelism_threads=max(os.cpu_count() or 1, role.size + 1))
    spec = tf.train.ClusterSpec(role.hosts)
    try:
        return tf.distribute.Server(spec, job_name=role.kind, task_index=role.index, protocol="grpc", config=config)
    except tf.errors.OpError as error:
        raise Refusal("Cannot serve as %s %d at %s (%s)." % (role.kind, role.index,
                                                            role.hosts[role.kind][role.index],
                                                            str(error.message or error).splitlines()[0][:200]))
