"""Kills, faults of Google, wrong clocks, failing databases and a rolling upgrade, with a check after each round.

    python bench/chaos.py [--kills 100] [--minutes 60] [--people 6] [--seed chaos] [--no-upgrade]

Runs its own PostgreSQL with a synchronous standby. Needs git with the history of this repository: version 0.1.0
begins, this version migrates under its load, both serve for a third of the kills, and then this version alone.
Ends at the first violation, with status 1.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django
from postgresql_pair import PostgresqlPair
from upgrade import check_out

from simulator import Simulator

if TYPE_CHECKING:
    from tests.ledger.chaos import Chaos

HERE = Path(__file__).resolve().parent.parent
SHARE_OF_UPGRADE = 1 / 3
MOST_LINES = 40
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def main() -> int:
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="jit-chaos-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        place = folder / "postgresql"
        place.mkdir()
        pair = PostgresqlPair(place)
        pair.create()
        os.environ["DATABASE_URL"] = pair.url
        try:
            with Simulator() as simulated:
                return run(options, simulated, folder, pair)
        finally:
            pair.stop()


def run(
    options: argparse.Namespace, simulated: Simulator, folder: Path, pair: PostgresqlPair
) -> int:
    django.setup()
    from django.conf import settings  # noqa: PLC0415  # Django first

    from tests.ledger.chaos import Chaos  # noqa: PLC0415  # Django first
    from tests.ledger.world import World  # noqa: PLC0415  # Django first

    settings.POLICY_WRITES_PER_MINUTE = settings.ASSET_CALLS_PER_MINUTE = 0
    settings.GOOGLE_API_ENDPOINT = simulated.url
    os.environ["GCE_METADATA_HOST"] = os.environ["GCE_METADATA_IP"] = simulated.metadata_host
    database = (
        ("cut all sessions", 3, pair.cut),
        ("restart of the database", 1, pair.restart),
        ("failover", 1, pair.fail_over),
        ("read-only database", 1, pair.refuse_writes),
    )
    world = World.create(simulated, size=options.people)
    with Chaos(simulated, world, folder, seed=options.seed, database=database) as chaos:
        return _episode(options, chaos, folder)


def _episode(options: argparse.Namespace, chaos: Chaos, folder: Path) -> int:
    from tests.ledger.fleet import Version  # noqa: PLC0415  # Django first

    started = time.monotonic()
    wrong = [] if options.no_upgrade else _upgrade(options, chaos, folder, started)
    if options.no_upgrade:
        _migrate(HERE)
        chaos.add(Version("current"))
    while not wrong and chaos.kills < options.kills and _is_time(options, started):
        wrong = chaos.one_more()
        _progress(chaos, started)
    wrong = wrong or _in_the_end(chaos)
    print(*wrong, *(_story(chaos, wrong, folder) if wrong else []), sep="\n")
    _report(options, chaos, time.monotonic() - started, len(wrong))
    return bool(wrong)


def _upgrade(options: argparse.Namespace, chaos: Chaos, folder: Path, started: float) -> list[str]:
    """Begin with 0.1.0, migrate under its load, and let both versions serve; return the violations."""
    from tests.ledger.fleet import Version  # noqa: PLC0415  # Django first

    code = folder / "old"
    code.mkdir()
    check_out(code)
    shutil.copy(HERE / "tests/ledger/shifted_wsgi.py", code / "tests/ledger")
    old = Version("0.1.0", code)
    _migrate(code)
    chaos.add(old)
    chaos.trouble()
    chaos.trouble(("migration", 1, lambda: _migrate(HERE)), hazards=1)
    wrong = chaos.violations()
    chaos.add(Version("current"))
    while (
        not wrong and chaos.kills < options.kills * SHARE_OF_UPGRADE and _is_time(options, started)
    ):
        wrong = chaos.one_more()
        _progress(chaos, started)
    chaos.fleet.retire(old)
    return wrong


def _in_the_end(chaos: Chaos) -> list[str]:
    """Take in what 0.1.0 wrote, verify the evidence, and let all access expire."""
    from django.core.management import CommandError, call_command  # noqa: PLC0415  # Django first
    from django.utils import timezone  # noqa: PLC0415  # Django first

    from activations.evidence.imports import take_in_later  # noqa: PLC0415  # Django first

    wrong = chaos.after_all_access_expired()
    take_in_later(now=timezone.now())
    try:
        call_command("verify_evidence")
    except (CommandError, SystemExit) as error:
        wrong.append(f"evidence: {error}")
    return wrong


def _story(chaos: Chaos, wrong: list[str], folder: Path) -> list[str]:
    """Return what happened last, the events of the accesses that violations name, and what servers logged about them."""
    from activations.models import Event, Grant  # noqa: PLC0415  # Django first

    named = Grant.objects.filter(pk__in=ID.findall(" ".join(wrong)))
    accesses = {(one.beneficiary_email, one.project_id, one.role) for one in named}
    events = [
        f"{event.sequence} {event.at:%H:%M:%S.%f} {event.kind} {event.grant_id} {event.was}→{event.became}"
        f" {event.details}"
        for email, project_id, role in accesses
        for event in Event.objects.filter(
            grant__beneficiary_email=email, grant__project_id=project_id, grant__role=role
        ).order_by("sequence")
    ]
    lines = [line for log in folder.glob("server-*.log") for line in log.read_text().splitlines()]
    changes = [line for line in lines if not re.search("iap.authenticate|http.request", line)]
    about = [line for line in changes if any(email in line for email, *_ in accesses)]
    errors = [line for line in lines if "Traceback" in line]
    return [*chaos.course[-MOST_LINES:], *events, *about[-MOST_LINES:], *errors[-MOST_LINES:]]


def _migrate(code: Path) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--no-input", "-v0"],
        cwd=code,
        check=True,
        env=os.environ | {"PYTHONPATH": str(code)},
    )


def _is_time(options: argparse.Namespace, started: float) -> bool:
    return time.monotonic() - started < 60 * options.minutes


def _progress(chaos: Chaos, started: float) -> None:
    if chaos.rounds % 10 == 0:
        print(chaos.kills, "kills", round(time.monotonic() - started), "s", flush=True)


def _report(options: argparse.Namespace, chaos: Chaos, seconds: float, violations: int) -> None:
    from activations.models import Event, Grant  # noqa: PLC0415  # Django first

    happened = ", ".join(f"{name} {number}" for name, number in sorted(chaos.happened.items()))
    answers = {one.name: dict(sorted(one.answers.counts.items())) for one in chaos.versions}
    print(
        f"seed {options.seed}: {chaos.kills} kills in {seconds:.0f} s and {chaos.rounds} rounds ({happened});"
        f" {chaos.confirmed} changes confirmed to people, {Grant.objects.count()} grants,"
        f" {Event.objects.count()} events, {chaos.recovered} grants and {chaos.interrupted_ends} ends"
        f" found unfinished; answers {answers}; violations: {violations}"
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--people", type=int, default=6)
    parser.add_argument("--seed", default="chaos")
    parser.add_argument("--no-upgrade", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
