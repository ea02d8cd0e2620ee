"""The evidence is one chain without gaps, and tampering is detected."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.db import connection, connections, transaction

from activations.domain.chain import GENESIS, canonical_json, chain_hash, timestamp
from activations.evidence.recording import NoTransaction, Step, record
from activations.evidence.triggers import install_triggers, remove_triggers
from activations.models import ChainHead, Event
from tests.activations.rows import ALICE, NOON, grant, request


def step(kind: str = "test", **fields: Any) -> Step:
    return Step(kind=kind, at=NOON, actor=ALICE, **fields)


def verified() -> list[int]:
    """Verify the chain as an auditor would; return the sequence numbers up to the first error."""
    previous, found = GENESIS, []
    for event in Event.objects.order_by("sequence"):
        expected = chain_hash(previous=previous, content=event.content())
        if event.previous_hash != previous or event.hash != expected:
            break
        found.append(event.sequence)
        previous = event.hash
    return found


@pytest.mark.django_db
def test_the_first_event_starts_the_chain() -> None:
    with transaction.atomic():
        event = record(step())
    assert (event.sequence, event.previous_hash) == (1, GENESIS)
    assert verified() == [1]


@pytest.mark.django_db(transaction=True)
def test_no_event_is_written_outside_a_transaction() -> None:
    with pytest.raises(NoTransaction, match="lonely"):
        record(step("lonely"))
    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_change_leaves_no_gap() -> None:
    with transaction.atomic():
        record(step())
    with transaction.atomic():
        record(step())
        transaction.set_rollback(True)
    with transaction.atomic():
        record(step())
    assert verified() == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_many_writers_that_commit_and_roll_back_leave_one_chain() -> None:
    def work(writer: int) -> int:
        committed = 0
        try:
            for turn in range(12):
                fails = (writer + turn) % 3 == 0
                with transaction.atomic():
                    record(step(f"writer {writer}", details={"turn": turn}))
                    transaction.set_rollback(fails)
                committed += not fails
        finally:
            connections.close_all()
        return committed

    with ThreadPoolExecutor(8) as pool:
        committed = sum(pool.map(work, range(8)))
    assert committed == 64
    assert verified() == list(range(1, committed + 1))
    head = ChainHead.objects.get()
    last = Event.objects.get(sequence=committed)
    assert (head.sequence, head.hash) == (last.sequence, last.hash)


@pytest.mark.django_db
def test_an_event_contains_all_fields_of_its_grant() -> None:
    made = grant(request())
    with transaction.atomic():
        event = record(step("grant.x", grant=made, was="a", became="b", comment="c"))
    assert event.request_id == made.request_id
    assert event.content() == {
        "sequence": 1,
        "at": "2030-01-01T12:00:00.000000Z",
        "kind": "grant.x",
        "request": str(made.request_id),
        "grant": str(made.id),
        "project_id": "shop-prod",
        "role": "roles/browser",
        "beneficiary_email": "alice@example.com",
        "actor_email": "alice@example.com",
        "actor_subject": "accounts.google.com:1",
        "was": "a",
        "became": "b",
        "comment": "c",
        "details": {},
    }


@pytest.mark.django_db
def test_the_hash_is_the_same_after_reading_from_the_database() -> None:
    details = {
        "é": ["漢", 1, 1.5, None, True],
        "a": {"z": 1, "b": -0.25},
        "n": 2**53,
        "t": "e\u0301",
    }
    with transaction.atomic():
        record(step(details=details, comment="Zeile 1\nZeile 2 🎉"))
    assert verified() == [1]


TAMPERINGS: dict[str, Callable[[], Any]] = {
    "a comment": lambda: Event.objects.filter(sequence=2).update(comment="another"),
    "a time": lambda: Event.objects.filter(sequence=2).update(at=NOON + timedelta(microseconds=1)),
    "an actor": lambda: Event.objects.filter(sequence=2).update(actor_email="eve@example.com"),
    "the details": lambda: Event.objects.filter(sequence=2).update(details={"minutes": 1}),
    "a hash": lambda: Event.objects.filter(sequence=2).update(hash="f" * 64),
    "a row less": lambda: Event.objects.filter(sequence=2).delete(),
    "a row twice": lambda: Event.objects.filter(sequence=3).update(sequence=4),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("tamper", TAMPERINGS.values(), ids=TAMPERINGS.keys())
def test_tampering_without_triggers_breaks_the_chain(tamper: Callable[[], Any]) -> None:
    for _ in range(3):
        with transaction.atomic():
            record(step(comment="as it was", details={"minutes": 60}))
    assert verified() == [1, 2, 3]
    remove_triggers(connection)
    try:
        tamper()
    finally:
        install_triggers(connection)
    assert verified() != [1, 2, 3]


def test_canonical_json_is_one_text_for_one_value() -> None:
    assert canonical_json({"b": 1, "a": "é"}) == '{"a":"é","b":1}'
    assert canonical_json({"a": "é", "b": 1}) == canonical_json({"b": 1, "a": "é"})


def test_a_time_has_the_same_text_in_every_time_zone() -> None:
    noon = datetime(2030, 1, 1, 12, tzinfo=UTC)
    elsewhere = noon.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert timestamp(noon) == timestamp(elsewhere) == "2030-01-01T12:00:00.000000Z"


def test_the_hash_is_plain_sha_256() -> None:
    """Auditors can compute the hash with any tool."""
    text = GENESIS + '\n{"a":1}'
    assert (
        chain_hash(previous=GENESIS, content={"a": 1}) == hashlib.sha256(text.encode()).hexdigest()
    )
