"""The verification accepts a complete chain and names the first wrong event of a broken one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from activations.domain.chain import GENESIS
from activations.evidence import rows
from activations.evidence.recording import Step, record
from activations.evidence.rows import chunks
from activations.evidence.verification import Head, recorded_head, verify
from activations.models import ChainHead, Event, Grant, Request, User
from tests.activations.evidence.chains import ALICE, DETAILS, NOON, append, problem, tamper
from tests.rewriting import rewrite, unprotected


@pytest.fixture
def ten_events(db: None) -> None:
    append(10, details=DETAILS)


@pytest.fixture(params=[3, 2000], ids=["in many pieces", "in one piece"])
def pieces(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "AT_ONCE", request.param)


# A complete chain


def test_a_chain_may_be_empty(db, pieces):
    assert verify().head == Head(0, GENESIS)
    assert problem() == ""


def test_a_complete_chain_is_verified_to_its_last_event(ten_events, pieces):
    found = verify()
    assert found.problem is None
    assert found.head == recorded_head() == Head(10, Event.objects.get(sequence=10).hash)


def test_raw_rows_equal_the_models(ten_events, simulated):
    person = User.objects.create(
        subject="s", email="a@example.com", first_seen=NOON, last_seen=NOON
    )
    request = Request.objects.create(
        state="approved", activation_type="JIT", beneficiary=person, minutes=5, channel="web",
        beneficiary_email=person.email, project_id="p", justification="j", requested_at=NOON,
    )  # fmt: skip
    grant = Grant.objects.create(
        request=request, state="active", project_id="p", role="roles/browser",
        beneficiary_email=person.email, start_time=NOON, end_time=NOON + timedelta(hours=1),
    )  # fmt: skip
    with transaction.atomic():
        record(Step(kind="grant.active", at=NOON, grant=grant, actor=ALICE, details={"a": [1]}))
        record(Step(kind="request.pending", at=NOON, request=request))
    rows = [row for chunk in chunks(after=0) for row in chunk]
    assert [row.content() for row in rows] == [
        event.content() for event in Event.objects.order_by("sequence")
    ]
    assert rows[10].content()["grant"] == str(grant.pk)
    assert problem() == ""


def test_progress_is_reported_for_each_batch(ten_events, monkeypatch):
    monkeypatch.setattr(rows, "AT_ONCE", 4)
    told: list[int] = []
    verify(progress=told.append)
    assert told == [4, 8, 10]


# A broken chain: a change of any column is detected


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "2026-11-23 12:00:04.000001"),
        ("kind", "other"),
        ("project_id", "other"),
        ("role", "other"),
        ("beneficiary_email", "mallory@example.com"),
        ("actor_email", "mallory@example.com"),
        ("actor_subject", "other"),
        ("was", "other"),
        ("became", "other"),
        ("comment", "Storung"),
        ("details", "{}"),
        ("details", '{"roles": []}'),
        ("hash", "0" * 64),
    ],
)
def test_a_change_of_any_column_is_found(ten_events, pieces, column, value):
    tamper(f'UPDATE activations_event SET "{column}" = %s WHERE sequence = 5', value)
    found = verify()
    assert found.head.sequence == 4
    assert found.problem is not None
    assert found.problem.sequence == 5
    assert "was changed: its content does not match its hash" in str(found.problem)


def test_a_change_of_the_link_is_found(ten_events, pieces):
    tamper("UPDATE activations_event SET previous_hash = %s WHERE sequence = 5", "0" * 64)
    assert problem().startswith("Event 5 does not continue the chain: the hash before it is ")


def test_a_change_with_a_new_hash_breaks_the_next_link(ten_events, pieces):
    event = Event.objects.get(sequence=5)
    event.comment = "Nothing happened"
    tamper(
        "UPDATE activations_event SET comment = %s, hash = %s WHERE sequence = 5",
        event.comment,
        event.computed_hash(),
    )
    assert problem().startswith("Event 6 does not continue the chain")


@pytest.mark.parametrize("gone", [1, 4, 5, 9])
def test_a_missing_event_is_named(ten_events, pieces, gone):
    tamper("DELETE FROM activations_event WHERE sequence = %s", gone)
    assert problem() == f"Event {gone} is missing; the next one is event {gone + 1}"


def test_a_missing_end_is_detected_by_the_recorded_head(ten_events, pieces):
    tamper("DELETE FROM activations_event WHERE sequence > 7")
    assert problem().startswith(
        "Event 8 is missing: the chain ends before it, but the recorded head names event 10."
    )


def test_an_empty_table_with_a_recorded_head_is_a_break(ten_events, pieces):
    tamper("DELETE FROM activations_event")
    assert problem().startswith("Event 1 is missing: the chain ends before it")


@pytest.mark.parametrize("number", [0, -7])
def test_events_before_the_first_are_found(ten_events, pieces, number):
    tamper("UPDATE activations_event SET sequence = %s WHERE sequence = 1", number)
    assert problem() == f"Event {number} precedes the first event, which has number 1"


def test_a_recorded_head_that_was_set_back_is_detected(ten_events, pieces):
    earlier = Event.objects.get(sequence=6)
    rewrite(ChainHead.objects, sequence=6, hash=earlier.hash)
    assert problem() == (
        f"Event 7 does not belong to the recorded head of the chain, which is 6:{earlier.hash}"
    )


def test_a_recorded_head_with_another_hash_or_none_is_detected(ten_events, pieces):
    rewrite(ChainHead.objects, hash="f" * 64)
    assert problem().startswith("Event 10 does not belong to the recorded head")
    with unprotected():
        ChainHead.objects.all().delete()
    assert problem().startswith("Event 1 does not belong to the recorded head")


@pytest.mark.parametrize(
    ("column", "value"),
    [("sequence", "ten"), ("comment", b"\xff"), ("details", "{"), ("at", "yesterday")],
)
def test_values_of_a_wrong_type_are_named_or_cannot_be_stored(ten_events, column, value):
    statement = f'UPDATE activations_event SET "{column}" = %s WHERE sequence = 10'
    try:
        with transaction.atomic():
            tamper(statement, value)
    except DatabaseError:
        # PostgreSQL enforces the types, so the refused statement has changed nothing.
        assert connection.vendor == "postgresql"
        assert problem() == ""
    else:
        assert problem().startswith("Event 10 ")
