"""Fill an empty database with a long history: python bench/seed_history.py ROWS.

Uses DATABASE_URL and the other settings of the environment, after `manage.py migrate`.
Each row is a request with one grant and two events; the hash chain is complete.
"""

from __future__ import annotations

import random
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django

django.setup()

from django.db import connection, models, transaction  # noqa: E402  # Django first

from activations.domain.chain import GENESIS, chain_hash, timestamp  # noqa: E402  # Django first
from activations.models import ChainHead, Event, Grant, Request, User  # noqa: E402  # Django first
from eligibility.entitlements import ProjectRole  # noqa: E402  # Django first

AT_ONCE = 5000
STEP = timedelta(seconds=60)
ROLES = ["roles/compute.admin", "roles/storage.admin", "roles/bigquery.admin", "roles/browser"]
REASONS = ["Bug {}", "Case {} of a customer", "Incident {}: disk is full", "Rotation of key {}"]


Row = dict[str, Any]
TYPICAL = (
    Request(state="approved", activation_type="JIT", channel="web", fingerprint="0" * 64),
    Grant(
        binding_expression="(request.time >= timestamp(…) && request.time < timestamp(…))",
        eligible_by=["group:sre@example.com"],
    ),
    Event(),
)
EMPTY = dict.fromkeys(("actor_subject", "was", "comment"), "") | {"details": {}}


def main(count: int) -> None:
    if Event.objects.exists():
        sys.exit("The history is not empty.")
    chance = random.Random(7)
    people = _people(3000)
    start = datetime.now(UTC).replace(microsecond=0) - count * STEP
    story = _story(chance, people, start, count)
    requests, grants, events = (Table(typical) for typical in TYPICAL)
    began = time.monotonic()
    head = (0, GENESIS)
    done = 0
    while batch := list(islice(story, AT_ONCE)):
        with transaction.atomic():
            requests.insert(request for request, _ in batch)
            grants.insert(grant for _, grant in batch)
            story_so_far = list(_events(batch, head))
            events.insert(story_so_far)
            head = (story_so_far[-1]["sequence"], story_so_far[-1]["hash"])
            ChainHead.objects.update_or_create(
                id=1, defaults={"sequence": head[0], "hash": head[1]}
            )
        done += len(batch)
        print(f"\r{done} of {count}, {time.monotonic() - began:.0f} s", end="", flush=True)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    last = Event.objects.latest("sequence")
    print(
        "\nThe chain is intact." if last.computed_hash() == last.hash else "\nThe chain is broken!"
    )


def _people(count: int) -> list[User]:
    now = datetime.now(UTC)
    users = [
        User(
            subject=f"accounts.google.com:{number}",
            email=f"person{number}@example.com",
            first_seen=now,
            last_seen=now,
        )
        for number in range(count)
    ]
    return User.objects.bulk_create(users)


def _story(
    chance: random.Random, people: list[User], start: datetime, count: int
) -> Iterator[tuple[Row, Row]]:
    now = datetime.now(UTC)
    for number in range(count):
        at = start + number * STEP
        user = chance.choice(people)
        request = {
            "id": uuid.UUID(int=chance.getrandbits(128), version=4),
            "beneficiary_id": user.pk,
            "beneficiary_email": user.email,
            "project_id": f"project-{chance.randrange(1000)}",
            "minutes": chance.choice([15, 30, 60, 120]),
            "justification": chance.choice(REASONS).format(number),
            "requested_at": at,
            "decided_at": at,
        }
        yield request, _grant(chance, request, now)


def _grant(chance: random.Random, request: Row, now: datetime) -> Row:
    role = ProjectRole(request["project_id"], chance.choice(ROLES))
    end = request["requested_at"] + timedelta(minutes=request["minutes"])
    grant = {
        "id": uuid.UUID(int=chance.getrandbits(128), version=4),
        "request_id": request["id"],
        "project_id": request["project_id"],
        "role": role.role,
        "role_key": role.key,
        "beneficiary_email": request["beneficiary_email"],
        "start_time": request["requested_at"],
        "end_time": end,
        "written_at": request["requested_at"],
        "state": "active",
    }
    if chance.random() < 0.01:
        return grant | {"state": "failed", "failure": "Permission denied"}
    if end < now:
        return grant | {"state": "ended", "ended_at": end, "end_reason": "expired"}
    return grant


def _events(batch: Iterable[tuple[Row, Row]], head: tuple[int, str]) -> Iterator[Row]:
    sequence, previous = head
    for request, grant in batch:
        for kind, row in (("request.self_approved", None), (f"grant.{grant['state']}", grant)):
            sequence += 1
            event = {
                "sequence": sequence,
                "at": request["requested_at"],
                "kind": kind,
                "project_id": request["project_id"],
                "role": row["role"] if row else "",
                "beneficiary_email": request["beneficiary_email"],
                "actor_email": request["beneficiary_email"],
                "became": row["state"] if row else "approved",
            }
            content = EMPTY | event
            content["at"] = timestamp(event["at"])
            content["request"] = str(request["id"])
            content["grant"] = str(row["id"]) if row else ""
            event["previous_hash"] = previous
            previous = event["hash"] = chain_hash(previous=previous, content=content)
            event["request_id"], event["grant_id"] = request["id"], row and row["id"]
            yield event


class Table:
    """Insert rows that differ from a typical one in some columns."""

    def __init__(self, typical: models.Model) -> None:
        facts = typical._meta  # noqa: SLF001  # Django documents it
        fields = facts.concrete_fields
        self.places = {field.attname: place for place, field in enumerate(fields)}
        self.convert = {field.attname: _converter(field) for field in fields}
        self.typical = [
            field.get_db_prep_save(getattr(typical, field.attname), connection) for field in fields
        ]
        names = ", ".join(f'"{field.column}"' for field in fields)
        values = ", ".join(["%s"] * len(fields))
        self.insert_one = f'INSERT INTO "{facts.db_table}" ({names}) VALUES ({values})'

    def insert(self, rows: Iterable[Row]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(self.insert_one, [self._values(row) for row in rows])

    def _values(self, row: Row) -> list[Any]:
        values = self.typical.copy()
        for name, value in row.items():
            values[self.places[name]] = self.convert[name](value)
        return values


def _converter(field: models.Field[Any, Any]) -> Callable[[Any], Any]:
    target = getattr(field, "target_field", field)
    if isinstance(target, models.UUIDField | models.DateTimeField):
        return lru_cache(8)(lambda value: target.get_db_prep_save(value, connection))
    return lambda value: value


if __name__ == "__main__":
    main(int(sys.argv[1]))
