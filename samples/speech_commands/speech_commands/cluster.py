"""Which replica of a job this process is, and what it can do beside the others. Pure: TF_CONFIG in, a Role out."""

import json
import os

from speech_commands.errors import Refusal

SERVING = ("worker", "ps")  # the kinds that compute and keep for the chief


class Role:
    """`kind`: chief, worker, ps, evaluator; `index` within the kind; `hosts`: {kind: [host:port]} of the cluster, which
    has no evaluators."""

    def __init__(self, kind, index, hosts):
        self.kind, self.index, self.hosts = kind, index, hosts
        self.size = sum(len(addresses) for addresses in hosts.values()) or 1

    @property
    def is_chief(self):
        return self.kind == "chief"

    def count(self, kind):
        return len(self.hosts.get(kind) or [])

    @property
    def shares(self):
        """Whether the cluster trains one model together: that takes someone to compute and someone to keep it."""
        return self.count("worker") > 0 and self.count("ps") > 0

    def idle(self):
        """A sentence, without its full stop, about the replicas that have nothing to do; None where there are none."""
        if self.shares or not any(self.count(kind) for kind in SERVING):
            return None
        there, missing = ("worker", "parameter server") if self.count("worker") else ("parameter server", "worker")
        count = self.count("worker") or self.count("ps")
        return "The chief trains alone and %s %s to do: a shared model takes workers and parameter servers, and " \
               "this cluster has no %s" % (counted(count, there), "has nothing" if count == 1 else "have nothing",
                                           missing)

    def addresses(self, *kinds):
        """{"worker 0": host:port} of all replicas of the kinds."""
        return {"%s %d" % (kind, index): address
                for kind in kinds for index, address in enumerate(self.hosts.get(kind) or [])}

    def __str__(self):
        return "%s %d of %s" % (self.kind, self.index, counted(self.size, "replica"))


def counted(count, noun):
    return "%d %s%s" % (count, noun, "" if count == 1 else "s")


def role_from(environment=os.environ):
    """The Role that TF_CONFIG names; a process without one is the chief of a job of one replica.

    The first replica is called "master" under the runtime versions of TensorFlow 1 and "chief" under those of 2;
    here it is the chief. Raises Refusal for a cluster in which this replica has no place.
    """
    try:
        config = json.loads(environment.get("TF_CONFIG") or "{}")
        task, cluster = config.get("task") or {}, config.get("cluster") or {}
        kind, index = task.get("type") or "chief", int(task.get("index") or 0)
        hosts = {_named(name): list(addresses) for name, addresses in cluster.items()}
    except (ValueError, AttributeError, TypeError):
        return Role("chief", 0, {})
    role = Role(_named(kind), index, hosts)
    if role.shares and (role.is_chief or role.kind in SERVING):
        _check(role)
    return role


def _named(kind):
    return "chief" if kind == "master" else kind


def _check(role):
    if role.count("chief") != 1:
        raise Refusal("The cluster in TF_CONFIG names %d chiefs (or masters) and must name one."
                      % role.count("chief"))
    if not 0 <= role.index < role.count(role.kind):
        raise Refusal("TF_CONFIG calls this replica %s %d, and its cluster has %d of that kind."
                      % (role.kind, role.index, role.count(role.kind)))
    for name, address in sorted(role.addresses("chief", *SERVING).items()):
        host, _, port = str(address).rpartition(":")
        if not host or not port.isdigit():
            raise Refusal("TF_CONFIG gives %s the address \"%s\", which is not host:port." % (name, address))
