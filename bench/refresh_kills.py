"""Kill refreshes of the eligibility index at random moments, and compare the index with the company.

    [DATABASE_URL=…] python bench/refresh_kills.py [--kills 200] [--signals 100] [--seed bench]

Some kills stop the run at a statement or an answer of Google; `--signals` of them are SIGKILL to a
process of its own. After each kill, what is served must be one whole generation; after the next complete
run, the index must equal the company. Creates and drops its own test database.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

from simulator import Simulator

CHILD = "--as-child"


def main() -> int:
    if CHILD in sys.argv:
        return child()
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/bench.sqlite3")
        django.setup()
        from django.conf import settings  # noqa: PLC0415  # Django first
        from django.core.management import call_command  # noqa: PLC0415  # Django first
        from django.db import connection  # noqa: PLC0415  # Django first

        if connection.vendor == "sqlite":
            call_command("migrate", verbosity=0)
            return run(options)
        name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
        before, _, _ = os.environ["DATABASE_URL"].rpartition("/")
        os.environ["DATABASE_URL"] = f"{before}/{settings.DATABASES['default']['NAME']}"
        try:
            return run(options)
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)


def child() -> int:
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415  # Django first

    call_command("refresh_eligibility", "--full")
    return 0


def run(options: argparse.Namespace) -> int:
    from django.conf import settings  # noqa: PLC0415  # Django first

    with Simulator() as simulated:
        settings.GOOGLE_API_ENDPOINT = simulated.url
        os.environ |= {
            "GCE_METADATA_HOST": simulated.metadata_host,
            "GCE_METADATA_IP": simulated.metadata_host,
            "GOOGLE_API_ENDPOINT": simulated.url,
            "RESOURCE_SCOPE": simulated.company.organization,
        }
        simulated.page_size = 3
        return Bench(simulated, random.Random(options.seed)).go(options)


class Bench:
    """One company that changes, and one index of it."""

    def __init__(self, simulated: Simulator, chance: random.Random) -> None:
        self.simulated = simulated
        self.chance = chance
        self.kills = self.signals = self.wrong = self.completed = 0

    def go(self, options: argparse.Namespace) -> int:
        from tests.eligibility.index.changes import change  # noqa: PLC0415  # Django first
        from tests.eligibility.index.runs import run as refresh  # noqa: PLC0415  # Django first
        from tests.eligibility.index.world import expected, indexed  # noqa: PLC0415  # Django first

        started = time.monotonic()
        refresh(self.simulated)
        while self.kills < options.kills and not self.wrong:
            old, new = indexed(), None
            change(self.simulated.company, self.chance)
            new = expected(self.simulated)
            while self.kills < options.kills and self.one_kill(options):
                self.kills += 1
                self.check(whole(indexed()) in (whole(old), whole(new)), "a mixture is served")
                self.let_the_lease_expire()
            self.let_the_lease_expire()
            refresh(self.simulated, is_full=True)
            self.check(indexed() == new, "the index differs from the company")
            self.completed += 1
            if self.completed % 20 == 0:
                print(self.kills, "kills", round(time.monotonic() - started), "s", flush=True)
        print(
            f"{self.kills} kills, {self.signals} of them SIGKILL, {self.completed} complete refreshes"
            f" in {time.monotonic() - started:.0f} s; violations: {self.wrong}"
        )
        return bool(self.wrong)

    def one_kill(self, options: argparse.Namespace) -> bool:
        """Return whether a run was killed; False when it ended first."""
        from tests.eligibility.index.runs import killed_run  # noqa: PLC0415  # Django first

        if self.signals < options.signals and self.chance.random() < 0.7:
            return self.signalled()
        return killed_run(self.simulated, at=self.chance.randrange(300), is_full=True)

    def signalled(self) -> bool:
        self.simulated.calls.clear()
        command = [sys.executable, __file__, CHILD]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wanted = self.chance.randrange(1, 35)
        while process.poll() is None and len(self.simulated.calls.google) < wanted:
            time.sleep(0.001)
        time.sleep(self.chance.random() * 0.01)
        process.send_signal(signal.SIGKILL)
        was_killed = process.wait() == -signal.SIGKILL
        self.signals += was_killed
        return was_killed

    def let_the_lease_expire(self) -> None:
        from eligibility.models import Refresh  # noqa: PLC0415  # Django first
        from tests.moments import now  # noqa: PLC0415  # Django first

        Refresh.objects.exclude(lease_until=None).update(lease_until=now())

    def check(self, holds: bool, problem: str) -> None:  # noqa: FBT001
        if not holds:
            self.wrong += 1
            print("VIOLATION:", problem, flush=True)


def whole(content: dict[str, object]) -> dict[str, object]:
    """Return what one refresh stores as a whole: groups are replaced one by one, titles are shared."""
    return {name: found for name, found in content.items() if name not in ("groups", "roles")}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--signals", type=int, default=100)
    parser.add_argument("--seed", default="bench")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
