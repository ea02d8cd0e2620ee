"""Ten minutes of mixed load on one server: memory, connections to the database and log must not grow with time.

    [DATABASE_URL=…] python bench/soak.py [--minutes 10] [--people 8] [--pause 0.1] [--workers 2]

People activate, extend, end, ask, approve, decline and read pages; a scheduler calls the jobs. Each line shows the
memory that belongs to the processes (PSS), the connections, the open files, and the log of one interval. Ends with
status 1 if one of them grew beyond its bound. Creates and drops its own test database.
"""

from __future__ import annotations

import argparse
import http.client
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

from simulated_google import UNLIMITED, simulated_google

from simulator import Simulator

INTERVALS = 10
# After the second interval, by which processes have filled their caches.
MOST_GROWTH_MIB = 6.0
# Eight threads and the one that delivers, for each process.
CONNECTIONS_OF_A_PROCESS = 9
MOST_LINES_A_REQUEST = 4.0
PAGES = (
    "/",
    "/activity",
    "/reviews",
    "/projects?q=shop",
    "/admin/",
    "/activate?projectId=shop-prod",
)


def main() -> int:
    options = arguments()
    with simulated_google(**UNLIMITED) as simulated, tempfile.TemporaryDirectory() as folder:
        return run(options, simulated, Path(folder))


def run(options: argparse.Namespace, simulated: Simulator, folder: Path) -> int:
    from simulator.scheduler import SERVICE_ACCOUNT  # noqa: PLC0415  # Django first
    from tests.ledger.endless_load import AUDIENCE  # noqa: PLC0415  # Django first
    from tests.ledger.server import Server  # noqa: PLC0415  # Django first
    from tests.ledger.workload import Answers  # noqa: PLC0415  # Django first
    from tests.ledger.world import World  # noqa: PLC0415  # Django first

    world, answers = World.create(simulated, size=options.people), Answers()
    variables = {"CRON_SERVICE_ACCOUNT": SERVICE_ACCOUNT, "CRON_AUDIENCE": AUDIENCE}
    server = Server.start(simulated, folder, workers=options.workers, variables=variables)
    try:
        server.wait()
        simulated.latency = 0.05
        wrong = under_load(options, simulated, world, server, answers)
    finally:
        server.kill()
    wrong += answers.errors
    print(f"answers {dict(sorted(answers.counts.items()))}", *wrong, sep="\n")
    return bool(wrong)


def under_load(options, simulated: Simulator, world, server, answers) -> list[str]:
    """Return what grew beyond its bound."""
    from tests.ledger.endless_load import EndlessLoad  # noqa: PLC0415  # Django first

    load = EndlessLoad(
        simulated, world, ports={server.port: answers}, seed="soak", pause=options.pause
    )
    stop = threading.Event()
    reader = threading.Thread(target=read_pages, args=[simulated, server.port, stop])
    reader.start()
    try:
        return watch(options, simulated, server, answers)
    finally:
        stop.set()
        reader.join()
        load.finish(lambda: None)


def watch(options: argparse.Namespace, simulated: Simulator, server, answers) -> list[str]:
    sizes, wrong = [], []
    print(
        "| minute | PSS of the workers, MiB | connections | files | requests | log lines a request |"
    )
    print("| --- | --- | --- | --- | --- | --- |")
    started, before, lines_before = time.monotonic(), 0, 0
    for number in range(1, INTERVALS + 1):
        time.sleep(max(0, started + number * 60 * options.minutes / INTERVALS - time.monotonic()))
        pids = server.workers()
        sizes.append([pss(pid) for pid in pids])
        opened = connections()
        requests, lines = sum(answers.counts.values()), count_lines(server.output)
        per_request = (lines - lines_before) / max(1, requests - before)
        print(
            f"| {number * options.minutes / INTERVALS:.0f} | {', '.join(f'{size:.1f}' for size in sizes[-1])}"
            f" | {opened} | {sum(files(pid) for pid in pids)} | {requests - before} | {per_request:.2f} |",
            flush=True,
        )
        before, lines_before = requests, lines
        if opened > CONNECTIONS_OF_A_PROCESS * len(pids):
            wrong.append(f"{opened} connections")
        if per_request > MOST_LINES_A_REQUEST:
            wrong.append(f"{per_request:.1f} lines of log a request")
        # The simulated cloud lives in this process and keeps every call.
        simulated.calls.clear()
    grown = [last - early for early, last in zip(sizes[1], sizes[-1], strict=True)]
    return wrong + [f"grew by {mib:.1f} MiB" for mib in grown if mib > MOST_GROWTH_MIB]


def read_pages(simulated: Simulator, port: int, stop: threading.Event) -> None:
    dice = random.Random("pages")
    person = {"X-Goog-IAP-JWT-Assertion": ""}
    while not stop.wait(0.5):
        person["X-Goog-IAP-JWT-Assertion"] = simulated.assertion(
            dice.choice(["alice@example.com", "olga@example.com"])
        )
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        client.request("GET", dice.choice(PAGES), headers=person)
        answer = client.getresponse()
        answer.read()
        assert answer.status < 500, answer.status
        client.close()


def pss(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("Pss:")).split()[1]) / 1024


def files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def count_lines(log: Path) -> int:
    with log.open("rb") as entries:
        return sum(1 for _ in entries)


def connections() -> int:
    """Return the number of connections to this database, without ours; SQLite has none."""
    from django.db import connection  # noqa: PLC0415  # Django first

    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) - 1 FROM pg_stat_activity WHERE datname = current_database()"
        )
        (number,) = cursor.fetchone()
    return number


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--pause", type=float, default=0.1)
    parser.add_argument("--workers", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
