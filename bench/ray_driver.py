"""Drives Ray Jobs for logs_ray.py, in a Python that has Ray (arguments: address of the dashboard, address
of the control store): reads one JSON request a line, answers one JSON object a line.

    {"do": "follow", "command": "producer paced 2000 10"}   {"first_ms": …, "lags_ms": […]}
    {"do": "flood", "command": "producer flood N START"}     {"id": …, "end_ns": …}
    {"do": "tail", "id": …, "lines": 100}                    {"ms": …, "lines": 100}
"""
import asyncio
import json
import sys
import time

from ray.job_submission import JobStatus, JobSubmissionClient
from ray.util.state import get_log, list_nodes


async def follow(client, command):
    """Submits, and takes the log's pieces as they come, as `ray job logs --follow` does."""
    begun = time.time_ns()
    job = client.submit_job(entrypoint=command)
    lags, first, rest = [], None, ""
    async for piece in client.tail_job_logs(job):
        now = time.time_ns()
        *lines, rest = (rest + piece).split("\n")
        for line in lines:
            if line[:19].isdigit():
                first = first or (now - begun) / 1e6
                lags.append((now - int(line[:19])) / 1e6)
    return {"first_ms": first, "lags_ms": lags}


def flood(client, command):
    job = client.submit_job(entrypoint=command)
    while True:
        status = client.get_job_status(job)
        if status == JobStatus.SUCCEEDED:
            return {"id": job, "end_ns": time.time_ns()}
        if status.is_terminal():
            raise SystemExit(f"{job} is {status}")
        time.sleep(0.02)


def tail(address, job, lines):
    [node] = [node.node_id for node in list_nodes(address=address)]
    begun = time.perf_counter()
    text = "".join(get_log(address=address, node_id=node, filename=f"job-driver-{job}.log", tail=lines))
    return {"ms": (time.perf_counter() - begun) * 1000, "lines": len(text.splitlines())}


def main():
    client = JobSubmissionClient(sys.argv[1])
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["do"] == "follow":
            answer = asyncio.run(follow(client, asked["command"]))
        elif asked["do"] == "flood":
            answer = flood(client, asked["command"])
        else:
            answer = tail(sys.argv[2], asked["id"], asked["lines"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
