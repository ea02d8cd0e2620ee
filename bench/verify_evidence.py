"""Time the verification of the evidence: python bench/verify_evidence.py EVENTS.

Uses DATABASE_URL and the other settings of the environment, after `manage.py migrate`. An empty
database is first filled with activations: a request, a grant and four events each.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django

django.setup()

from django.db import connection, transaction  # noqa: E402  # Django first

from activations.domain.chain import GENESIS  # noqa: E402  # Django first
from activations.evidence.recording import grant_changes, grant_row, request_row  # noqa: E402
from activations.evidence.verification import verify  # noqa: E402  # Django first
from activations.models import ChainHead, Event, Grant, Request, User  # noqa: E402  # Django first

AT_ONCE = 1000
START = datetime(2025, 1, 1, 9, 30, 0, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)


def main(count: int) -> None:
    if not Event.objects.exists():
        fill(count // 4)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.monotonic(), time.process_time()
    found = verify(differs=print)
    wall, cpu = time.monotonic() - wall, time.process_time() - cpu
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"{connection.vendor}: {found}")
    print(f"{found.head.sequence:,} events in {wall:.1f} s, {cpu:.1f} s of them CPU time;")
    print(f"memory grew by {grown / 1024:.1f} MiB")


def fill(count: int) -> None:
    """Write the given number of activations with chained events."""
    user = User.objects.create(
        subject="bench", email="alice@example.com", first_seen=START, last_seen=START
    )
    activations = _activations(count, user)
    sequence, previous = 0, GENESIS
    while batch := list(islice(activations, AT_ONCE)):
        events: list[Event] = []
        for request, grant in batch:
            for event in _events(request, grant):
                sequence += 1
                event.sequence, event.previous_hash = sequence, previous
                previous = event.hash = event.computed_hash()
                events.append(event)
        with transaction.atomic():
            Request.objects.bulk_create(request for request, _ in batch)
            Grant.objects.bulk_create(grant for _, grant in batch)
            Event.objects.bulk_create(events)
            head = {"sequence": sequence, "hash": previous}
            ChainHead.objects.update_or_create(id=1, defaults=head)
        print(f"\rfilling: {sequence:,}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _activations(count: int, user: User) -> Iterator[tuple[Request, Grant]]:
    for number in range(count):
        at = START + timedelta(seconds=37 * number)
        common = {"project_id": f"project-{number % 1000}", "beneficiary_email": user.email}
        request = Request(
            **common,
            state="approved",
            activation_type="JIT",
            beneficiary=user,
            minutes=60,
            justification=f"Fall {number}: Störung behoben",
            requested_at=at,
            decided_at=at,
            channel="web",
            address="192.0.2.1",
            fingerprint="0" * 64,
        )
        yield request, _grant(request, common, at, number)


def _grant(request: Request, common: dict[str, Any], at: datetime, number: int) -> Grant:
    grant = Grant(
        **common,
        request=request,
        state="provisioning",
        role="roles/compute.admin",
        start_time=at,
        end_time=at + HOUR,
        eligible_by=["group:sre@example.com"],
        eligible_at="//cloudresourcemanager.googleapis.com/folders/1",
        binding_description=f"Self-approved, justification: Bug {number}",
    )
    grant.role_key = grant.project_role.key
    return grant


def _events(request: Request, grant: Grant) -> Iterator[Event]:
    """Yield the events of one activation; its grant is in its last state afterwards."""
    at = grant.start_time
    texts = {"project_id": request.project_id, "beneficiary_email": request.beneficiary_email}
    texts |= {"actor_email": request.beneficiary_email, "actor_subject": "bench"}
    common = {"request": request, **texts}
    details: dict[str, Any] = {"minutes": 60, "trace": "0" * 32, "rows": request_row(request)}
    yield Event(kind="request.self_approved", at=at, became="approved", details=details, **common)
    details = {"rows": grant_row(grant)}
    yield Event(kind="grant.provisioning", at=at, grant=grant, details=details, **common)
    written = {
        "state": "active",
        "binding_end": grant.end_time,
        "binding_expression": f'(request.time >= timestamp("{at:%Y-%m-%dT%H:%M:%SZ}"))',
        "written_at": at,
        "write_attempts": 1,
        "etag_before": "BwY1=",
        "etag_after": "BwZ1=",
    }
    yield _move(grant, written, "grant.active", at, common)
    ended = {"state": "ended", "ended_at": grant.end_time, "end_reason": "expired"}
    yield _move(grant, ended, "grant.ended", at + HOUR, common)


def _move(
    grant: Grant, values: dict[str, Any], kind: str, at: datetime, common: dict[str, Any]
) -> Event:
    for name, value in values.items():
        setattr(grant, name, value)
    details = {"written": True, "rows": grant_changes(**values)}
    return Event(kind=kind, at=at, grant=grant, became=values["state"], details=details, **common)


if __name__ == "__main__":
    main(int(sys.argv[1]))
