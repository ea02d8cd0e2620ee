"""Kill the server at random moments under mixed load, and check after each kill that nothing is lost.

    [DATABASE_URL=…] python bench/crash.py [--kills 500] [--minutes 60] [--people 8] [--seed bench]

Stops early at the time limit. Creates and drops its own test database.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from simulated_google import UNLIMITED, simulated_google

from simulator import Simulator


def main() -> int:
    options = arguments()
    with simulated_google(**UNLIMITED) as simulated, tempfile.TemporaryDirectory() as folder:
        return run(options, simulated, Path(folder))


def run(options: argparse.Namespace, simulated: Simulator, folder: Path) -> int:
    from activations.models import Event, Grant  # noqa: PLC0415  # Django first
    from tests.ledger.crashing import Crashes  # noqa: PLC0415  # Django first
    from tests.ledger.world import World  # noqa: PLC0415  # Django first

    started = time.monotonic()
    world = World.create(simulated, size=options.people)
    with Crashes(simulated, world, folder, seed=options.seed) as crashes:
        while crashes.kills < options.kills and time.monotonic() - started < 60 * options.minutes:
            wrong = crashes.one_more()
            if wrong or crashes.answers.errors:
                print(*wrong, *crashes.answers.errors, sep="\n")
                return 1
            if crashes.kills % 10 == 0:
                print(crashes.kills, "kills", round(time.monotonic() - started), "s", flush=True)
        wrong = crashes.after_all_access_expired()
        print(*wrong, sep="\n")
    print(
        f"{crashes.kills} kills in {time.monotonic() - started:.0f} s, {len(crashes.answers.successes)}"
        f" changes confirmed to people, {Grant.objects.count()} grants, {Event.objects.count()}"
        f" events, {crashes.recovered} grants and {crashes.interrupted_ends} ends found unfinished;"
        f" answers {dict(sorted(crashes.answers.counts.items()))}; violations: {len(wrong)}"
    )
    return bool(wrong)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--seed", default="bench")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
