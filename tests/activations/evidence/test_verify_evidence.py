"""Verification with logged heads and concurrent writers, by the command, on both databases."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.core.management import CommandError, call_command
from django.db import connections, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from activations.domain.chain import GENESIS
from activations.evidence import rows
from activations.evidence.recording import Step, record
from activations.evidence.verification import (
    Head,
    Verification,
    log_chain_head,
    recorded_head,
    verify,
)
from activations.models import ChainHead, Event
from tests.activations.evidence.chains import DETAILS, NOON, append, problem, tamper
from tests.jitaccess.log_lines import labels
from tests.rewriting import rewrite, unprotected


@pytest.fixture
def ten_events(db: None) -> None:
    append(10, details=DETAILS)


@pytest.fixture(params=[3, 2000], ids=["in many pieces", "in one piece"])
def pieces(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "AT_ONCE", request.param)


# Logged heads, which detect a chain that was rewritten or restored


def test_a_logged_head_is_found_in_the_chain(ten_events, pieces):
    middle = Event.objects.get(sequence=4)
    assert problem(Head(), Head(4, middle.hash), recorded_head()) == ""
    assert problem(Head(4, middle.hash), Head(4, middle.hash)) == ""


def test_a_chain_rewritten_as_a_whole_is_detected_by_a_logged_head_only(ten_events, pieces):
    kept = recorded_head()
    tamper("DELETE FROM activations_event")
    with unprotected():
        ChainHead.objects.all().delete()
    append(10, details={"nothing": "happened"})
    assert problem() == ""
    found = problem(kept)
    assert found.startswith(
        f"Event 10 is not the one in the log: its hash is {recorded_head().hash}"
    )
    assert f"in the log it is {kept.hash}" in found


def test_an_older_backup_is_detected_by_a_logged_head_also_after_more_events(ten_events, pieces):
    kept = recorded_head()
    restored = Event.objects.get(sequence=6)
    tamper("DELETE FROM activations_event WHERE sequence > 6")
    rewrite(ChainHead.objects, sequence=6, hash=restored.hash)
    assert problem() == ""
    assert problem(kept).startswith(
        "Event 7 is missing: the chain ends before it, but the log names event 10. The end was cut"
    )
    append(4, details={"after": "the restore"})
    assert problem(Head(6, restored.hash)) == ""
    assert problem(kept).startswith("Event 10 is not the one in the log")
    append(5)
    found = verify(anchors=[kept])
    assert found.head.sequence == 9
    assert "a backup was restored and continued" in str(found.problem)


def test_contradicting_logged_heads_are_reported(ten_events):
    good = recorded_head()
    assert "is not the one" in problem(good, Head(10, "a" * 64))
    assert problem(Head(0, "a" * 64)).startswith("Event 0 is not the one in the log")


def test_the_logged_head_is_accepted_as_an_expected_head(ten_events, log):
    logged = log_chain_head(NOON)
    (entry,) = log.of("evidence.head")
    assert labels(entry)["head"] == str(logged) == str(recorded_head())
    assert labels(entry)["at"] == "2026-11-23T12:00:00.000000Z"
    assert entry["message"] == f"The evidence contains 10 events, its head is {logged}"
    append(3)
    assert Head.parse(labels(entry)["head"]) == logged
    assert problem(logged) == ""


def test_the_head_of_an_empty_chain_can_be_logged(db):
    assert str(log_chain_head(NOON)) == f"0:{GENESIS}"


@pytest.mark.parametrize("text", ["", "7", "7:", f"-1:{GENESIS}", f"7:{GENESIS}0", "7:xyz", "x:y"])
def test_an_invalid_head_is_refused(text):
    with pytest.raises(ValueError, match="is not SEQUENCE:HASH"):
        Head.parse(text)


# Concurrent writers


@pytest.mark.django_db(transaction=True)
def test_events_appended_during_verification_are_accepted(monkeypatch):
    monkeypatch.setattr(rows, "AT_ONCE", 2)
    append(5)
    late = iter(range(6))

    def append_from_elsewhere(count: int) -> None:
        if next(late, None) is not None:
            with ThreadPoolExecutor(1) as pool:
                pool.submit(on_a_connection_of_its_own, lambda: append(3)).result()

    found = verify(progress=append_from_elsewhere)
    assert found == Verification(Head(23, Event.objects.get(sequence=23).hash))


@pytest.mark.django_db(transaction=True)
def test_a_chain_of_concurrent_writers_with_rollbacks_is_complete():
    def write(number: int) -> None:
        with transaction.atomic():
            record(Step(kind="test", at=NOON, details={"writer": number}))
            transaction.set_rollback(number % 3 == 0)

    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(on_a_connection_of_its_own, partial(write, n)) for n in range(30)]
        for job in jobs:
            job.result()
    assert verify() == Verification(recorded_head())
    assert recorded_head().sequence == 20


def on_a_connection_of_its_own(job: Callable[[], None]) -> None:
    try:
        job()
    finally:
        connections.close_all()


# The command


def run(*arguments: str, stderr: io.StringIO | None = None) -> str:
    out = io.StringIO()
    call_command("verify_evidence", *arguments, stdout=out, stderr=stderr or io.StringIO())
    return out.getvalue()


def test_the_command_reports_how_many_events_were_verified(ten_events):
    assert run() == f"The evidence is valid: 10 events, head {recorded_head()}\n"
    assert run("--expect-head", str(recorded_head()), "--expect-head", str(Head())) == run()


def test_the_command_fails_and_names_the_first_wrong_event(ten_events):
    kept = recorded_head()
    tamper("UPDATE activations_event SET comment = 'x' WHERE sequence IN (3, 7)")
    second = Event.objects.get(sequence=2)
    with pytest.raises(CommandError) as told:
        run("--expect-head", str(kept))
    assert told.value.returncode == 1
    assert str(told.value).startswith("The evidence is not valid. Event 3 was changed")
    assert str(told.value).endswith(f"It is valid up to 2:{second.hash}.")


def test_invalid_evidence_is_logged_for_alerts_and_valid_evidence_is_not(ten_events, log):
    run()
    assert log.of("evidence.invalid") == []
    tamper("UPDATE activations_event SET comment = 'x' WHERE sequence = 3")
    with pytest.raises(CommandError):
        run()
    (entry,) = log.of("evidence.invalid")
    assert entry["severity"] == "CRITICAL"
    assert entry["message"].startswith("The evidence is not valid. Event 3 was changed")


def test_the_command_fails_when_a_logged_head_is_missing(ten_events):
    with pytest.raises(CommandError, match="Event 11 is missing"):
        run("--expect-head", f"12:{GENESIS}")
    with pytest.raises(CommandError, match="--expect-head"):
        run("--expect-head", "twelve")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_shown_on_a_terminal_only(ten_events, monkeypatch):
    monkeypatch.setattr(rows, "AT_ONCE", 5)
    terminal, pipe = Terminal(), io.StringIO()
    run(stderr=terminal)
    run(stderr=pipe)
    assert "5 events checked" in terminal.getvalue()
    assert "10 events checked" in terminal.getvalue()
    assert pipe.getvalue() == ""


# Values after they were stored in the database


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@pytest.mark.django_db
@hypothesis_settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    details=st.dictionaries(st.sampled_from("abcd"), json_values),
    seconds=st.floats(0, 7e9).map(lambda number: round(number, 6)),
    comment=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
)
def test_recorded_values_have_the_same_hash_after_reading(details, seconds, comment):
    at = EPOCH + timedelta(seconds=seconds)
    with transaction.atomic():
        event = record(Step(kind="test", at=at, comment=comment, details=details))
    assert verify() == Verification(Head(event.sequence, event.hash))
    assert Event.objects.get(pk=event.pk).computed_hash() == event.hash
