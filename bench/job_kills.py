"""Kill the jobs of packs, deliveries and access reviews at random, and check that nothing is lost and nothing done twice.

    [DATABASE_URL=…] python bench/job_kills.py [--kills 500] [--minutes 30] [--seed 1]

Stops early at the time limit. Creates and drops its own test database.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import timedelta

from simulated_google import UNLIMITED, simulated_google

from simulator import Simulator
from simulator.object_store import Bucket

AT_ONCE = 25
SETTINGS = UNLIMITED | {
    "ALLOWED_HOSTS": ["*"],
    "NOTIFICATION_TOPIC": "news",
    "NOTIFICATION_BACKGROUND_DELIVERY": False,
}


def main() -> int:
    options = arguments()
    with simulated_google(**SETTINGS) as simulated:
        return run(options, simulated)


def run(options: argparse.Namespace, simulated: Simulator) -> int:
    from activations.evidence.verification import verify  # noqa: PLC0415  # Django first
    from tests.certification import campaigns  # noqa: PLC0415  # Django first
    from tests.certification.killing import BUCKET, KilledJobs  # noqa: PLC0415  # Django first
    from tests.conftest import PersonClient  # noqa: PLC0415  # Django first
    from tests.journeys.shop import COMPUTE, activate  # noqa: PLC0415  # Django first

    campaigns.indexed(simulated)
    activate(PersonClient(simulated, "alice@example.com"), COMPUTE, minutes=5)
    olga = PersonClient(simulated, "olga@example.com")
    bucket = simulated.storage.buckets.setdefault(BUCKET, Bucket())
    jobs = KilledJobs(seed=options.seed, bucket=bucket)
    started = time.monotonic()
    while jobs.kills.total() < options.kills and time.monotonic() - started < 60 * options.minutes:
        before = jobs.kills.total()
        campaigns.opened(olga)
        while jobs.kills.total() < before + AT_ONCE:
            jobs.one_more()
        jobs.finish()
        wrong = [*jobs.wrong(), *([] if verify(differs=print).holds else ["the evidence"])]
        print(dict(jobs.kills), f"{time.monotonic() - started:.0f} s", *wrong, flush=True)
        if wrong:
            return 1
        jobs.moment += timedelta(hours=1)
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
