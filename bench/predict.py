"""Online prediction: what the engine adds to a model called in its own process, and its throughput at 32 connections
beside Ray Serve, MLServer, LitServe, BentoML and a Flask app; the gain of shared runs; the memory of a version.

Two networks: `tiny`, where a server's own work is all, and `wide`, which takes some milliseconds. One load
(bench/predict/load.cc) for all, from C++, one instance a request; every answer is looked at. Every side is up all the
while and is asked in turn. The peers live in build/peers (8 GB), which this makes.

MLENGINE_BENCH_ROUNDS (3), MLENGINE_BENCH_SECONDS (2, of one measurement), MLENGINE_BENCH_PEERS (names, or "none")."""
import contextlib
import json
import os
import socket
import subprocess
import tempfile
from pathlib import Path

from measure import ROOT, keep, print_table, summary
from engine import BIN, Engine, processes_with, tensorflow_runtime, wait_for
from predict_peers import PEERS, Missing, memory_mb

ROUNDS = int(os.environ.get("MLENGINE_BENCH_ROUNDS", "3"))
SECONDS = float(os.environ.get("MLENGINE_BENCH_SECONDS", "2"))
CONNECTIONS = 32
ADDED_GOAL = 150  # µs at one connection
MODELS = ("tiny", "wide")
SEPARATE = "mlengine, each request a run of its own"
OURS = "mlengine"
LOAD = "the load alone (answers without a model)"


def free_port():
    """A port with a free one after it."""
    while True:
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
            with contextlib.suppress(OSError):
                two.bind(("127.0.0.1", port + 1))
                return port


class Side:
    """A server to ask: its port, and for each model the path and the body of a request."""

    def __init__(self, folder, name, port, paths, bodies):
        self.name, self.port, self.paths, self.files = name, port, paths, {}
        for model, body in bodies.items():
            self.files[model] = folder / f"{port}-{abs(hash(name))}-{model}.json"
            self.files[model].write_text(json.dumps(body))

    def load(self, model, connections):
        word = "predictions" if self.name == LOAD else "scores"
        done = subprocess.run([BIN / "predict_load", str(self.port), self.paths[model], self.files[model], word,
                               str(connections), "0.4", str(SECONDS)], stdout=subprocess.PIPE, check=True, text=True)
        figures = json.loads(done.stdout)
        assert figures["wrong"] == 0 and figures["count"] > 0, (self.name, model, figures)
        return {**figures, "per_second": figures["count"] / figures["seconds"]}


class Models:
    """The folder with both SavedModels, and their calls in this process."""

    def __init__(self, folder, python):
        self.folder = folder
        subprocess.run([python, ROOT / "bench/predict/export.py", folder], check=True, stderr=subprocess.DEVNULL,
                       env={**os.environ, "CUDA_VISIBLE_DEVICES": ""})
        self.told = json.loads((folder / "models.json").read_text())
        self.rows = {name: [0.5] * told["values"] for name, told in self.told.items()}
        [self.library] = Path(python).parent.parent.glob("lib/python3*/site-packages/tensorflow/libtensorflow_cc.so.2")

    def in_process(self, model):
        told = self.told[model]
        done = subprocess.run([BIN / "predict_in_process", self.library, self.folder / model, told["input"],
                               told["output"], "1", str(told["values"]), str(SECONDS)], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=True, text=True)
        return json.loads(done.stdout)


def call(engine, method, path, body=None):
    status, answer = engine.request(method, path, body)
    assert status == 200, (path, status, answer)
    return answer


def deploy(engine, models, name, network):
    """A model of that name with one version, its default one."""
    folder = models.folder / network
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            target = f"{name}/{path.relative_to(folder)}".replace("/", "%2F")
            call(engine, "POST", f"/upload/storage/v1/b/bench_models/o?uploadType=media&name={target}", path.read_bytes())
    call(engine, "POST", "/v1/projects/default/models", {"name": name})
    made = call(engine, "POST", f"/v1/projects/default/models/{name}/versions",
                {"name": "v1", "deploymentUri": f"gs://bench_models/{name}", "runtimeVersion": "2.19"})
    done = wait_for("the version", lambda: (lambda o: o if o.get("done") else None)(
        call(engine, "GET", "/v1/" + made["name"])), 180)
    assert "error" not in done, done


def version_memory(name):
    """PSS in MB of the processes of a model's version."""
    pids = [pid for pid in processes_with(f"/models/default/{name}/")
            if os.readlink(f"/proc/{pid}/exe").endswith("/mlengine-model-server")]
    assert pids, name
    return memory_mb(pids)


def our_sides(engine, models, folder):
    call(engine, "POST", "/storage/v1/b?project=default", {"name": "bench_models"})
    for name, network in (("tiny", "tiny"), ("wide", "wide"), ("wide_separate", "wide")):
        deploy(engine, models, name, network)
    call(engine, "PATCH", "/mlengine/v1/projects/default/models/wide_separate/serving", {"separateRuns": True})
    port = engine.url.rsplit(":", 1)[1]
    bodies = {model: {"instances": [row]} for model, row in models.rows.items()}
    path = "/v1/projects/default/models/{}:predict"
    return [Side(folder, OURS, port, {model: path.format(model) for model in MODELS}, bodies),
            Side(folder, SEPARATE, port, {"wide": path.format("wide_separate")}, {"wide": bodies["wide"]})]


@contextlib.contextmanager
def load_alone(folder, models):
    with subprocess.Popen([BIN / "predict_load", "answer"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as fixed:
        port = fixed.stdout.readline().strip()
        bodies = {model: {"instances": [row]} for model, row in models.rows.items()}
        yield Side(folder, LOAD, port, {model: "/" for model in MODELS}, bodies)
        fixed.stdin.close()


def start_peers(stack, folder, models):
    """(sides, peers, name -> why it is missing)."""
    asked = os.environ.get("MLENGINE_BENCH_PEERS", ",".join(peer.name for peer in PEERS)).split(",")
    started, missing, sides = [], {}, []
    for kind in PEERS:
        if kind.name not in asked:
            continue
        try:
            peer = kind(folder, models.folder, free_port())
            with contextlib.ExitStack() as until_it_serves:
                until_it_serves.enter_context(peer)
                peer.wait(models.rows)
                stack.push(until_it_serves.pop_all())
        except Missing as reason:
            missing[kind.name] = str(reason)
            print(f"{kind.name} is missing: {reason}", flush=True)
            continue
        started.append(peer)
        sides.append(Side(folder, kind.name, peer.port, {model: peer.path(model) for model in MODELS},
                          {model: peer.body(row) for model, row in models.rows.items()}))
    return sides, started, missing


def measure(models, sides):
    """model -> side -> connections -> figures of each round; the model in its own process is a side too."""
    found = {model: {} for model in MODELS}
    for number in range(ROUNDS):
        for model in MODELS:
            found[model].setdefault("in process", {}).setdefault(1, []).append(models.in_process(model))
            # Turned round by round, so that none always comes after the same one.
            for side in sides[number % len(sides):] + sides[:number % len(sides)]:
                if model not in side.paths:
                    continue
                for connections in (1, CONNECTIONS):
                    found[model].setdefault(side.name, {}).setdefault(connections, []).append(side.load(model, connections))
        print(f"round {number + 1} of {ROUNDS} done", flush=True)
    return found


def column(found, model, side, connections, figure):
    return [one[figure] for one in found[model][side][connections]]


def middle(found, model, side, connections, figure):
    return summary(column(found, model, side, connections, figure))[1]


def report(found, memory):
    figures = {"added_us": {}, "ratio_at_32": {}, "memory_mb": memory}
    for model in MODELS:
        sides = found[model]
        print_table(f"{model}: one connection, p50", "us",
                    {side: column(found, model, side, 1, "p50") for side in sides})
        added = [ours["p50"] - alone["p50"] for ours, alone in zip(sides[OURS][1], sides["in process"][1])]
        figures["added_us"][model] = added
        print_table(f"{model}: added by the engine at one connection", "us", {
            "p50": added, "p99": [ours["p99"] - alone["p99"] for ours, alone in zip(sides[OURS][1], sides["in process"][1])]})
        served = [side for side in sides if side != "in process"]
        print_table(f"{model}: {CONNECTIONS} connections", "requests/s",
                    {side: column(found, model, side, CONNECTIONS, "per_second") for side in served})
        print_table(f"{model}: {CONNECTIONS} connections, p99", "ms",
                    {side: [value / 1000 for value in column(found, model, side, CONNECTIONS, "p99")] for side in served})
        ours = middle(found, model, OURS, CONNECTIONS, "per_second")
        ratios = {side: ours / middle(found, model, side, CONNECTIONS, "per_second")
                  for side in served if side not in (OURS, SEPARATE, LOAD)}
        figures["ratio_at_32"][model] = ratios
        print("  the engine's requests per one of the peer's: "
              + (", ".join(f"{side} {ratio:.2f}" for side, ratio in ratios.items()) or "no peer"))
        print(f"  the load could have asked {middle(found, model, LOAD, CONNECTIONS, 'per_second') / ours:.1f} times as often")
    gain = (middle(found, "wide", OURS, CONNECTIONS, "per_second")
            / middle(found, "wide", SEPARATE, CONNECTIONS, "per_second"))
    figures["gain_of_shared_runs"] = gain
    print(f"\nshared runs at {CONNECTIONS} connections: {gain:.2f} times the requests of separate ones")
    print("memory, MB (pages that are shared counted once): "
          + ", ".join(f"{name} {size:.0f}" for name, size in memory.items()))
    print(f"goals: added at one connection under {ADDED_GOAL} us at p50 ({summary(figures['added_us']['tiny'])[1]:.0f}); "
          f"at {CONNECTIONS} connections no peer ahead "
          f"({min((r for of in figures['ratio_at_32'].values() for r in of.values()), default=0):.2f} at the least)")
    return figures


def run():
    runtime = tensorflow_runtime()
    if runtime is None:
        raise SystemExit("predict: it needs runtime version 2.19: mlengine runtimes install 2.19")
    subprocess.run(["cmake", "--build", str(ROOT / "build/release"), "--target", "predict_load", "predict_in_process"],
                   check=True, stdout=subprocess.DEVNULL)
    runtimes, python = runtime
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mlengine-bench-")))
        models = Models(folder / "models", python)
        engine = Engine()
        engine.data.mkdir()
        (engine.data / "mlengine.yaml").write_text(f"runtimesDir: {runtimes}\n")
        stack.enter_context(engine)
        sides = our_sides(engine, models, folder)
        sides.append(stack.enter_context(load_alone(folder, models)))
        peer_sides, peers, missing = start_peers(stack, folder, models)
        found = measure(models, sides + peer_sides)
        memory = {f"mlengine {name}": version_memory(name) for name in MODELS}
        memory["mlengine's server"] = memory_mb([engine.process.pid])
        memory.update({f"{peer.name}, both models": peer.memory_mb() for peer in peers})
        keep("predict", {**report(found, memory), "measured": found, "missing": missing,
                         "peers": {peer.name: peer.requirements for peer in peers}})


if __name__ == "__main__":
    run()
