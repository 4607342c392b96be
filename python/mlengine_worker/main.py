"""From the words of the command line to a worker that serves."""
import os
import socket
import sys
import traceback

from mlengine_worker import options, packages, protocol
from mlengine_worker.faults import LoadFault, MissingFault, PackageFault, words_of
from mlengine_worker.serve import Server, tell


def take_socket():
    """Standard input is the socket; the model's code gets an empty one in its place."""
    sock = socket.fromfd(0, socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        import fcntl
        fcntl.fcntl(sock.fileno(), fcntl.F_SETFD, fcntl.FD_CLOEXEC)
    except IOError:
        pass
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.stdin = open(os.devnull)
    # A child that goes on without this process must not keep the connection.
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=sock.close)
    return protocol.Channel(sock)


def load(told):
    folder = told.model_dir
    archives = packages.archives_in(told.packages) if told.packages else []
    if archives:
        packages.install(archives, told.environments, told.runtime)
    if told.kind == "routine":
        from mlengine_worker.routine import Routine
        return Routine(told.prediction_class, folder)
    if told.kind in ("scikit-learn", "xgboost"):
        from mlengine_worker import frameworks
        return frameworks.ScikitLearnModel(folder) if told.kind == "scikit-learn" else frameworks.XgboostModel(folder)
    from mlengine_worker import graphs
    return graphs.OnnxModel(folder) if told.kind == "onnx" else graphs.TorchModel(folder)


def why_not(error):
    """(code, words) of a model that could not be loaded."""
    if isinstance(error, PackageFault):
        return protocol.ABORTED, u"%s" % error
    if isinstance(error, MissingFault):
        return protocol.FAILED_PRECONDITION, u"%s" % error
    if isinstance(error, LoadFault):
        return protocol.INVALID_ARGUMENT, u"%s" % error
    return protocol.INVALID_ARGUMENT, u"Unexpected error when loading the model: %s" % words_of(error)


def main(words):
    told = options.parse(words)
    channel = take_socket()
    os.chdir("/")
    try:
        model = load(told)
    except BaseException as error:  # noqa: B902 - foreign code may raise anything
        traceback.print_exc()
        channel.send(protocol.hello(*(why_not(error) + (u"",))))
        return 0
    version = u"%s, Python %d.%d.%d" % ((model.version,) + tuple(sys.version_info[:3]))
    tell(u"serves with %s" % version)
    channel.send(protocol.hello(protocol.OK, u"", version))
    return Server(channel, model, told.limit).run()
