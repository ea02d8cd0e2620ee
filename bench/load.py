"""Run four operations each for fifty people at once, on one project, against a server with four processes.

    [DATABASE_URL=…] python bench/load.py [--people 50] [--processes 4] [--latency 0.1]

Each person activates two roles, extends one and ends the other, independently of the others. Calls
to Google take `--latency` seconds. Afterwards the script compares the database with IAM.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from simulated_google import simulated_google

from simulator import Simulator


def main() -> int:
    options = arguments()
    with simulated_google() as simulated, tempfile.TemporaryDirectory() as folder:
        return run(options, simulated, Path(folder))


def run(options: argparse.Namespace, simulated: Simulator, folder: Path) -> int:
    from tests.ledger.busy import Busy  # noqa: PLC0415  # Django first
    from tests.ledger.invariants import problems  # noqa: PLC0415  # Django first
    from tests.ledger.later import reconcile_later  # noqa: PLC0415  # Django first
    from tests.ledger.server import Server  # noqa: PLC0415  # Django first
    from tests.ledger.world import World  # noqa: PLC0415  # Django first

    world = World.create(simulated, size=options.people)
    server = Server.start(simulated, folder, workers=options.processes)
    try:
        server.wait()
        people = [
            Busy(email, assertion=simulated.assertion(email), port=server.port)
            for email in world.emails
        ]
        simulated.latency = options.latency
        seconds = all_at_once(people)
    finally:
        server.kill()
    simulated.latency = 0
    report(people, seconds, simulated)
    _, moment = reconcile_later()
    wrong = [problem for person in people for problem in person.wrong()]
    wrong += problems(world.before, world.now(), now=moment)
    print(*wrong, f"violations: {len(wrong)}", sep="\n")
    return bool(wrong)


def all_at_once(people: list) -> float:
    start = Barrier(len(people) + 1)

    def live(person) -> None:
        start.wait()
        person.four_operations()

    with ThreadPoolExecutor(len(people)) as pool:
        lives = [pool.submit(live, person) for person in people]
        start.wait()
        started = time.monotonic()
        for life in lives:
            life.result()
    return time.monotonic() - started


def report(people: list, seconds: float, simulated: Simulator) -> None:
    times = sorted(time for person in people for _, time in person.answers)
    statuses = Counter(status for person in people for status, _ in person.answers)
    writes = Counter(call.status for call in simulated.calls.of("*.setIamPolicy"))
    print(
        f"{len(times)} operations in {seconds:.1f} s, answers {dict(statuses)}, "
        f"median {statistics.median(times):.1f} s, slowest {times[-1]:.1f} s; "
        f"{len(simulated.calls.google)} calls to Google, writes {dict(writes)}"
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--latency", type=float, default=0.1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
