"""Fills the job store of a server that is down with copies of the finished jobs that it has, under other ids.

usage: many_jobs.py STATE_DB COUNT

A record is a protobuf message whose texts have their length before them, so a copy gets an id of the same length. What a
copy says (state, times, cause) is what a real job said.
"""
import sqlite3
import sys

FINISHED = (4, 5, 7)  # SUCCEEDED, FAILED, CANCELLED


def main():
    path, count = sys.argv[1], int(sys.argv[2])
    with sqlite3.connect(path) as store:
        marks = ",".join("?" * len(FINISHED))
        models = store.execute(f"SELECT project, job_id, version, state, record FROM jobs WHERE state IN ({marks}) "
                               "ORDER BY sequence", FINISHED).fetchall()
        sequence = store.execute("SELECT MAX(sequence) FROM jobs").fetchone()[0]
        rows = []
        for number in range(count):
            project, job_id, version, state, record = models[number % len(models)]
            copy = f"m{number:0{len(job_id) - 1}d}"
            sequence += 1
            rows.append((sequence, project, copy, version, state, record.replace(job_id.encode(), copy.encode())))
        store.executemany("INSERT INTO jobs (sequence, project, job_id, version, state, record) VALUES (?,?,?,?,?,?)", rows)


if __name__ == "__main__":
    main()
