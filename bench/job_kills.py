"""Kill the jobs of packs, deliveries and access reviews at random, and check that nothing is lost and nothing done twice.

    [DATABASE_URL=…] python bench/job_kills.py [--kills 500] [--minutes 30] [--seed 1]

Stops early at the time limit. Creates and drops its own test database.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

from simulator import Simulator
from simulator.object_store import Bucket

AT_ONCE = 25


def main() -> int:
    options = arguments()
    django.setup()
    from django.conf import settings  # noqa: PLC0415  # Django first
    from django.db import connection  # noqa: PLC0415  # Django first

    settings.ALLOWED_HOSTS = ["*"]
    settings.POLICY_WRITES_PER_MINUTE = settings.ASSET_CALLS_PER_MINUTE = 0
    settings.NOTIFICATION_TOPIC, settings.NOTIFICATION_BACKGROUND_DELIVERY = "news", False
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        with Simulator() as simulated:
            settings.GOOGLE_API_ENDPOINT = simulated.url
            settings.IAP_KEYS_URL = f"{simulated.url}/iap/verify/public_key"
            os.environ["GCE_METADATA_HOST"] = os.environ["GCE_METADATA_IP"] = (
                simulated.metadata_host
            )
            return run(options, simulated)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


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
