"""Durable jobs.create per second from 32 connections, beside one durable SQLite commit per row from Python."""
import json
import multiprocessing
import socket
import sqlite3
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from measure import create_body, keep, print_table, staged_package
from engine import Engine

PROCESSES, CONNECTIONS, JOBS, ROUNDS = 2, 16, 2000, 5


def post_all(host, port, bodies, failures):
    """Sends each body over one kept connection and reads the answer; as little Python as can be."""
    with socket.create_connection((host, port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for body in bodies:
            connection.sendall(b"POST /v1/projects/default/jobs?alt=json HTTP/1.1\r\nHost: localhost\r\n"
                               b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += connection.recv(65536)
            head, _, rest = answer.partition(b"\r\n\r\n")
            length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n")
                          if line.lower().startswith(b"content-length:"))
            while len(rest) < length:
                rest += connection.recv(65536)
            if not head.startswith(b"HTTP/1.1 200"):
                failures.append(head + rest)


def client(host, port, shares, barrier, queue):
    failures = []
    threads = [threading.Thread(target=post_all, args=(host, port, share, failures)) for share in shares]
    barrier.wait()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    queue.put([f.decode(errors="replace")[:500] for f in failures[:3]])


def creates_per_second(engine, uri, tag):
    address = urlsplit(engine.url)
    bodies = [json.dumps(create_body(f"{tag}_{i}", uri)).encode() for i in range(JOBS)]
    lanes = PROCESSES * CONNECTIONS
    shares = [bodies[i::lanes] for i in range(lanes)]
    barrier, queue = multiprocessing.Barrier(PROCESSES + 1), multiprocessing.Queue()
    clients = [multiprocessing.Process(target=client, args=(address.hostname, address.port, shares[p::PROCESSES],
                                                           barrier, queue)) for p in range(PROCESSES)]
    for process in clients:
        process.start()
    barrier.wait()
    start = time.perf_counter()
    failures = [failure for _ in clients for failure in queue.get()]
    took = time.perf_counter() - start
    for process in clients:
        process.join()
    assert not failures, failures[0]
    return JOBS / took


def sqlite_commits_per_second(folder):
    database = sqlite3.connect(Path(folder) / "peer.db", isolation_level=None)
    database.execute("pragma journal_mode=wal")
    database.execute("pragma synchronous=full")
    database.execute("create table if not exists jobs(id integer primary key, record blob)")
    start = time.perf_counter()
    for _ in range(300):
        database.execute("insert into jobs(record) values(?)", (b"x" * 900,))
    took = time.perf_counter() - start
    database.close()
    return 300 / took


def run():
    # No slot is wanted here: created jobs wait, so that only the creating is measured.
    with Engine("--slots", "1") as engine, tempfile.TemporaryDirectory() as folder:
        uri = staged_package(engine, "print('ready')\n")
        status, answer = engine.request("POST", "/v1/projects/default/jobs",
                                        create_body("blocker", staged_package_of_sleeper(engine)))
        assert status == 200, answer
        theirs, ours = [], []
        for i in range(ROUNDS):
            theirs.append(sqlite_commits_per_second(folder))
            ours.append(creates_per_second(engine, uri, f"rate{i}"))
        print_table("Durable creates", "1/s", {"SQLite, one commit a row (peer)": theirs, "mlengine, 32 connections": ours})
        print("  goal: at least 1000/s")
        keep("create_rate", {"sqlite_per_s": theirs, "mlengine_per_s": ours})
        engine.request("POST", "/v1/projects/default/jobs/blocker:cancel", {})
        engine.wait_job("blocker", 120)


def staged_package_of_sleeper(engine):
    """The URI of a package that holds the only slot; staged by a job that is cancelled once it runs."""
    engine.submit("sleeper_0", "import time\ntime.sleep(3600)\n")
    uri = engine.job("sleeper_0")["trainingInput"]["packageUris"][0]
    engine.mlengine("jobs", "cancel", "sleeper_0")
    engine.wait_job("sleeper_0")
    return uri
