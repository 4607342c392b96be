"""Which replica of a job this process is."""

import json
import os


class Role:
    """`kind`: chief, worker, ps, evaluator; `index` within the kind; `size`: replicas of the job."""

    def __init__(self, kind, index, size):
        self.kind, self.index, self.size = kind, index, size

    @property
    def is_chief(self):
        return self.kind == "chief"

    def __str__(self):
        return "%s %d of %d replica%s" % (self.kind, self.index, self.size, "" if self.size == 1 else "s")


def role_from(environment=os.environ):
    """The Role that TF_CONFIG names; a process without one is the chief of a job of one replica.

    The service names the first replica "master", as TensorFlow 1 did; TensorFlow 2 says "chief".
    """
    try:
        config = json.loads(environment.get("TF_CONFIG") or "{}")
        task, hosts = config.get("task") or {}, config.get("cluster") or {}
        kind, index = task.get("type") or "chief", int(task.get("index") or 0)
        size = sum(len(addresses) for addresses in hosts.values()) or 1
    except (ValueError, AttributeError, TypeError):
        return Role("chief", 0, 1)
    return Role("chief" if kind == "master" else kind, index, size)
