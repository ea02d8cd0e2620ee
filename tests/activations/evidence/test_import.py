"""Rows of version 0.1.0 are imported into the evidence, and migrations record changes of facts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from activations.evidence import recording
from activations.evidence.fields import GRANT, REQUEST, REVIEWER
from activations.evidence.imports import take_in_later
from activations.evidence.migration import change_facts, take_in_existing_rows
from activations.evidence.triggers import faults
from activations.evidence.verification import verify
from activations.models import ChainHead, Event, Grant, Request
from simulator import Simulator
from tests.activations.evidence.recorded_history import differences, forge, record_history
from tests.activations.rows import grant, request
from tests.conftest import PersonClient
from tests.rewriting import rewrite, unprotected

NOW = datetime(2030, 1, 1, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def earlier(
    person: Callable[[str], PersonClient], simulated: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Create a history as version 0.1.0 recorded it: its events contain no rows."""
    with monkeypatch.context() as patch:
        patch.setattr("activations.evidence.recording.ROWS", "not told")
        record_history(person, simulated)
    assert not Event.objects.filter(details__has_key=recording.ROWS).exists()


def migrate() -> None:
    with transaction.atomic():
        take_in_existing_rows(apps)


def test_the_migration_imports_existing_rows(earlier: None) -> None:
    assert differences() == []
    assert verify().waiting == 23
    migrate()
    assert differences() == []
    assert verify().waiting == 0
    assert Event.objects.filter(kind="evidence.imported").count() == 4


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE activations_request SET base_url = 'https://evil.example'",
        "UPDATE activations_request SET fingerprint = 'x'",
        "UPDATE activations_grant SET role_key = 'x' WHERE state = 'ended'",
        "UPDATE activations_grant SET binding_title = 'x' WHERE state = 'ended'",
        "UPDATE activations_grant SET state = 'failed', failure = 'x' WHERE state = 'active'",
        "UPDATE activations_review SET device_id = 'x'",
        "UPDATE activations_reviewer SET part = 'manager'",
        "DELETE FROM activations_review",
    ],
)
def test_imported_rows_cannot_be_forged(earlier: None, forgery: str) -> None:
    migrate()
    forge(forgery)
    assert differences()


def test_rows_forged_before_the_import_contradict_their_event(earlier: None) -> None:
    forge("UPDATE activations_request SET justification = 'x'")
    migrate()
    assert {one.field for one in differences()} == {"justification"}


def test_rows_written_by_version_010_are_imported_later_and_once(
    person: Callable[[str], PersonClient], simulated: Simulator, earlier: None
) -> None:
    assert take_in_later(now=NOW) == 23
    assert take_in_later(now=NOW) == 0
    assert differences() == []
    assert verify().waiting == 0
    head = ChainHead.objects.get()
    assert head.taken_in == head.sequence


def test_a_row_without_an_event_is_never_imported_later() -> None:
    grant(request())
    assert take_in_later(now=NOW) == 0
    assert {one.message for one in differences()} == {"no event records it"}


def test_the_migration_imports_a_row_without_an_event_and_records_that() -> None:
    grant(request())
    migrate()
    assert differences() == []
    own = Event.objects.filter(kind="evidence.imported", request__isnull=False)
    assert [event.details["had_no_event"] for event in own] == [True, True]


def test_other_jobs_do_not_import_a_row_without_an_event(
    person: Callable[[str], PersonClient], simulated: Simulator
) -> None:
    record_history(person, simulated)
    forged = request(justification="forged")
    migrate()
    (found,) = differences()
    assert (found.key, "only the migration does" in found.message) == (str(forged.pk), True)


def moved(values: object) -> dict[str, str]:
    return {"project_id": "shop-moved"}


@pytest.mark.parametrize("is_earlier", [True, False])
def test_a_migration_that_changes_facts_records_it(
    person: Callable[[str], PersonClient],
    simulated: Simulator,
    request: pytest.FixtureRequest,
    is_earlier: bool,
) -> None:
    if is_earlier:
        request.getfixturevalue("earlier")
        migrate()
    else:
        record_history(person, simulated)
    count = change_facts(connection, GRANT, moved, migration="0009_moved", now=NOW)
    assert count == Grant.objects.filter(project_id="shop-moved").count() == Grant.objects.count()
    assert (
        change_facts(connection, REVIEWER, lambda _: {"part": "peer"}, migration="x", now=NOW) == 0
    )
    assert differences() == []
    assert faults(connection) == []
    done = Event.objects.filter(kind="evidence.migrated").earliest("sequence").details
    assert (done["migration"], done["table"], done["rows_changed"]) == (
        "0009_moved",
        "grant",
        count,
    )
    assert done["sha256_before"] != done["sha256_after"]
    rewrite(Grant.objects, project_id="shop-again")
    assert {one.field for one in differences()} >= {"project_id"}


def test_a_failed_migration_keeps_facts_and_triggers(
    person: Callable[[str], PersonClient], simulated: Simulator
) -> None:
    record_history(person, simulated)
    with pytest.raises(DatabaseError):
        change_facts(connection, REQUEST, lambda _: {"minutes": 0}, migration="x", now=NOW)
    with pytest.raises(ValueError, match="cannot be changed"):
        change_facts(connection, REQUEST, lambda _: {"id": ""}, migration="x", now=NOW)
    assert faults(connection) == []
    assert differences() == []


def test_a_thousand_rows_share_an_event() -> None:
    with unprotected():
        one = request()
        Request.objects.bulk_create(
            Request(
                **{
                    f.attname: getattr(one, f.attname)
                    for f in Request._meta.concrete_fields
                    if f.name != "id"
                }
            )
            for _ in range(1000)
        )
    migrate()
    batches = Event.objects.filter(kind="evidence.imported", request=None)
    assert [len(event.details["rows"]) for event in batches.order_by("sequence")] == [1000, 1]
    assert differences() == []
