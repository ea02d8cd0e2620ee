"""Time the verification of the evidence: python bench/verify_evidence.py EVENTS.

Uses DATABASE_URL and the other settings of the environment, after `manage.py migrate`. An empty
database is first filled with events like those of real activations.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django

django.setup()

from django.db import connection, transaction  # noqa: E402  # Django first

from activations.domain.chain import GENESIS, chain_hash  # noqa: E402  # Django first
from activations.evidence.rows import EventRow  # noqa: E402  # Django first
from activations.evidence.verification import verify  # noqa: E402  # Django first
from activations.models import ChainHead, Event, Grant, Request, User  # noqa: E402  # Django first

AT_ONCE = 5000
START = datetime(2025, 1, 1, 9, 30, 0, 123456, tzinfo=UTC)
KINDS = ("request.self_approved", "grant.provisioning", "grant.active", "grant.ended")


def main(count: int) -> None:
    if not Event.objects.exists():
        fill(count)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.monotonic(), time.process_time()
    found = verify()
    wall, cpu = time.monotonic() - wall, time.process_time() - cpu
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"{connection.vendor}: {found}")
    print(f"{found.head.sequence:,} events in {wall:.1f} s, {cpu:.1f} s of them CPU time;")
    print(f"memory grew by {grown / 1024:.1f} MiB")


def fill(count: int) -> None:
    """Write the given number of chained events."""
    events, insert = _events(count, _grant()), _insert()
    while batch := list(islice(events, AT_ONCE)):
        head = {"sequence": batch[-1].sequence, "hash": batch[-1].hash}
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(insert, batch)
            ChainHead.objects.update_or_create(id=1, defaults=head)
        print(f"\rfilling: {batch[-1].sequence:,}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _insert() -> str:
    ids = {"request": "request_id", "grant": "grant_id"}
    columns = ", ".join(f'"{ids.get(name, name)}"' for name in EventRow._fields)
    values = ", ".join(["%s"] * len(EventRow._fields))
    return f"INSERT INTO activations_event ({columns}) VALUES ({values})"


def _grant() -> Grant:
    user = User.objects.create(
        subject="bench", email="alice@example.com", first_seen=START, last_seen=START
    )
    request = Request.objects.create(
        state="approved",
        activation_type="JIT",
        beneficiary=user,
        beneficiary_email=user.email,
        project_id="shop-prod",
        minutes=60,
        justification="Bug 1",
        requested_at=START,
        channel="web",
        fingerprint="0" * 64,
    )
    return Grant.objects.create(
        request=request,
        state="active",
        project_id="shop-prod",
        role="roles/compute.admin",
        beneficiary_email=user.email,
        start_time=START,
        end_time=START + timedelta(hours=1),
    )


def _events(count: int, grant: Grant) -> Iterator[EventRow]:
    chance, previous = random.Random(7), GENESIS
    request_id, grant_id = _stored(grant.request_id), _stored(grant.pk)
    for number in range(1, count + 1):
        at = START + timedelta(seconds=37 * number)
        row = EventRow(
            sequence=number,
            at=f"{at:%Y-%m-%d %H:%M:%S.%f}",
            kind=KINDS[number % 4],
            request=request_id,
            grant=grant_id if number % 4 else None,
            project_id=f"project-{chance.randrange(1000)}",
            role="roles/compute.admin",
            beneficiary_email=f"person{chance.randrange(3000)}@example.com",
            actor_email=f"person{chance.randrange(3000)}@example.com",
            actor_subject=f"accounts.google.com:{chance.randrange(10**20)}",
            was="provisioning",
            became="active",
            comment=f"Fall {number}: Störung behoben" if number % 4 == 0 else "",
            details=json.dumps(_details(at, number)),
            previous_hash=previous,
            hash="",
        )
        previous = chain_hash(previous=previous, content=row.content())
        yield row._replace(hash=previous)


def _stored(key: uuid.UUID) -> str:
    return str(key) if connection.vendor == "postgresql" else key.hex


def _details(at: datetime, number: int) -> dict[str, object]:
    start = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    return {
        "expression": f'(request.time >= timestamp("{start}") && request.time < timestamp("{start}"))',
        "description": f"Self-approved, justification: Bug {number}",
        "etag_before": f"BwY{number:x}=",
        "etag_after": f"BwZ{number:x}=",
        "attempts": 1,
        "written": True,
    }


if __name__ == "__main__":
    main(int(sys.argv[1]))
