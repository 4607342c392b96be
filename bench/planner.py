"""Decisions a second of the planner over 1,000 simulated nodes, with 10,000, 30,000 and 100,000 jobs queued, beside a scan
of the whole queue at each turn."""
import json
import os
import statistics
import subprocess

from measure import ROOT, keep, print_table

NODES, ROUNDS = 1000, 5
QUEUES = [10_000, 30_000, 100_000]


def run():
    subprocess.run(["cmake", "--build", str(ROOT / "build/release"), "--target", "planner_bench"], check=True,
                   stdout=subprocess.DEVNULL)
    program = os.path.join(os.environ["MLENGINE_BIN"], "planner_bench")
    rates = {(side, queued): [] for side in ("planner", "scan") for queued in QUEUES}
    for _ in range(ROUNDS):
        for queued in QUEUES:
            told = json.loads(subprocess.check_output([program, str(queued), str(NODES)]))
            for side, outcome in told.items():
                rates[side, queued].append(outcome["perSecond"])
    print_table(f"Planner: decisions over {NODES} nodes", "per second",
                {f"{side}, {queued:,} queued": values for (side, queued), values in rates.items()})
    medians = {f"{side}_{queued}": statistics.median(values) for (side, queued), values in rates.items()}
    print(f"  a queue ten times as long: {medians[f'planner_{QUEUES[-1]}'] / medians[f'planner_{QUEUES[0]}']:.2f} "
          f"of the rate; the scan {medians[f'scan_{QUEUES[-1]}'] / medians[f'scan_{QUEUES[0]}']:.2f}")
    keep("planner", medians)
