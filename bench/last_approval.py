"""Kill the process of a last approval before each of its statements, and check what is left.

    [DATABASE_URL=…] python bench/last_approval.py [--every 1]

Creates and drops its own test database. Ends with 1 when something is lost or duplicated.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

from simulator import Simulator


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="kill before every n-th statement")
    every = parser.parse_args().every
    django.setup()
    from django.conf import settings  # noqa: PLC0415  # Django first
    from django.db import connection  # noqa: PLC0415  # Django first

    settings.POLICY_WRITES_PER_MINUTE = settings.ASSET_CALLS_PER_MINUTE = 0
    settings.REQUESTS_PER_MINUTE = 100_000
    settings.ALLOWED_HOSTS = ["testserver"]
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        with Simulator() as simulated, tempfile.TemporaryDirectory() as folder:
            settings.GOOGLE_API_ENDPOINT = simulated.url
            settings.IAP_KEYS_URL = f"{simulated.url}/iap/verify/public_key"
            os.environ["GCE_METADATA_HOST"] = os.environ["GCE_METADATA_IP"] = (
                simulated.metadata_host
            )
            return run(simulated, Path(folder), every)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def run(simulated: Simulator, folder: Path, every: int) -> int:
    from django.core.management import call_command  # noqa: PLC0415  # Django first

    from tests.journeys.stages import LEAD_THEN_SECURITY, rule, staff  # noqa: PLC0415  # Django first
    from tests.ledger.last_approval import LastApprovals  # noqa: PLC0415  # Django first

    staff(simulated)
    document = folder / "policy.yaml"
    document.write_text(f"version: 1\nrules:\n- {{{rule(LEAD_THEN_SECURITY)}}}\n")
    call_command("access_policy", "import", str(document), "--as-deployment")
    begun, wrong, steps = time.monotonic(), [], range(0)
    with LastApprovals(simulated) as approvals:
        steps = range(1, approvals.steps + 1, every)
        for step in steps:
            wrong += approvals.kill_at(step)
            print(f"\r{step} of {steps[-1]}", end="", file=sys.stderr, flush=True)
    print(*wrong, sep="\n")
    print(
        f"{len(steps)} kills in {time.monotonic() - begun:.0f} s; left"
        f" {dict(approvals.left)}; violations: {len(wrong)}"
    )
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
