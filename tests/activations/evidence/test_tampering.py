"""Changes of rows are refused by the database or found by the verification."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, transaction

from activations.evidence.end import broken_end
from activations.evidence.verification import verify
from activations.models import Grant, Request, Review, Reviewer
from simulator import Simulator
from tests.activations.evidence.recorded_history import differences, forge, record_history
from tests.conftest import PersonClient

pytestmark = pytest.mark.django_db(transaction=True)
REQUEST, REVIEW = "activations_request", "activations_review"
REVIEWER, GRANT = "activations_reviewer", "activations_grant"
ENDED = "WHERE state = 'ended'"


@pytest.fixture
def recorded_history(person: Callable[[str], PersonClient], simulated: Simulator) -> None:
    record_history(person, simulated)
    assert differences() == []
    assert verify().waiting == 0


def refusal(statement: str) -> str:
    """Run a statement as the application's user; return the database's error, or '' if it succeeds."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError as error:
        return str(error)
    return ""


REFUSED = {
    "a justification": f"UPDATE {REQUEST} SET justification = 'better'",
    "a reviewer's address": f"UPDATE {REVIEW} SET reviewer_email = 'eve@example.com'",
    "a role": f"UPDATE {GRANT} SET role = 'roles/viewer'",
    "a beneficiary": f"UPDATE {REQUEST} SET beneficiary_email = 'eve@example.com'",
    "another beneficiary": f"UPDATE {REQUEST} SET beneficiary_id = NULL",
    "an end": f"UPDATE {GRANT} SET end_time = start_time",
    "a decision": f"UPDATE {REVIEW} SET decision = 'declined' WHERE decision = 'approved'",
    "who was asked": f"UPDATE {REVIEWER} SET email = 'eve@example.com' WHERE part = 'peer'",
    "the key": f"UPDATE {REVIEWER} SET id = id + 1000",
    "a grant that is ended": f"UPDATE {GRANT} SET end_reason = 'expired' {ENDED}",
    "an end undone": f"UPDATE {GRANT} SET state = 'active' {ENDED}",
    "a decision undone": f"UPDATE {REQUEST} SET state = 'pending' WHERE state = 'declined'",
    "a settled time": f"UPDATE {REQUEST} SET decided_at = requested_at WHERE state = 'withdrawn'",
    "a request deleted": f"DELETE FROM {REQUEST} WHERE state = 'pending'",
    "a review deleted": f"DELETE FROM {REVIEW}",
    "a reviewer deleted": f"DELETE FROM {REVIEWER}",
    "a grant deleted": f"DELETE FROM {GRANT}",
    "the head deleted": "DELETE FROM activations_chainhead",
    "the head turned back": "UPDATE activations_chainhead SET sequence = 1",
}
REPLACED = {
    table: f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"
    for table in (REQUEST, REVIEW, REVIEWER, GRANT, "activations_chainhead")
}
TRUNCATED = {
    table: f"TRUNCATE {table} CASCADE"
    for table in (REQUEST, REVIEW, REVIEWER, GRANT, "activations_chainhead", "activations_user")
}
on_sqlite = connection.vendor == "sqlite"


@pytest.mark.usefixtures("recorded_history")
def test_the_applications_user_is_refused() -> None:
    for name, statement in (REFUSED | (REPLACED if on_sqlite else TRUNCATED)).items():
        assert "evidence" in refusal(statement), name
    assert differences() == []


FORGED: dict[str, tuple[str, str, str]] = {
    "a justification": (f"UPDATE {REQUEST} SET justification = 'x'", "request", "justification"),
    "minutes": (f"UPDATE {REQUEST} SET minutes = minutes + 1", "request", "minutes"),
    "an origin": (f"UPDATE {REQUEST} SET address = '10.0.0.1'", "request", "address"),
    "a microsecond": (
        f"UPDATE {REQUEST} SET requested_at = '2030-01-01 00:00:00.000001'",
        "request",
        "requested_at",
    ),
    "a person": (
        f"UPDATE {REQUEST} SET beneficiary_id = (SELECT max(id) FROM activations_user)",
        "request",
        "beneficiary",
    ),
    "a subject": (
        "UPDATE activations_user SET subject = 'accounts.google.com:9' WHERE email LIKE 'alice%'",
        "request",
        "beneficiary",
    ),
    "a declined request approved": (
        f"UPDATE {REQUEST} SET state = 'approved' WHERE state = 'declined'",
        "request",
        "state",
    ),
    "a decision's time": (
        f"UPDATE {REQUEST} SET decided_at = requested_at - interval '1 day' WHERE state = 'declined'"
        if not on_sqlite
        else f"UPDATE {REQUEST} SET decided_at = '2001-01-01 00:00:00' WHERE state = 'declined'",
        "request",
        "decided_at",
    ),
    "who approved": (
        f"UPDATE {REVIEW} SET reviewer_email = 'eve@x.com'",
        "review",
        "reviewer_email",
    ),
    "a comment": (f"UPDATE {REVIEW} SET comment = 'Of course'", "review", "comment"),
    "a vote": (f"UPDATE {REVIEW} SET decision = 'approved'", "review", "decision"),
    "why they could": (f"UPDATE {REVIEW} SET part = 'manager'", "review", "part"),
    "a reviewer's part": (f"UPDATE {REVIEWER} SET part = 'manager'", "reviewer", "part"),
    "a role": (f"UPDATE {GRANT} SET role = 'roles/viewer'", "grant", "role"),
    "a key": (f"UPDATE {GRANT} SET role_key = 'x' {ENDED}", "grant", "role_key"),
    "who ended it": (
        f"UPDATE {GRANT} SET ending_asked_by = 'eve@x.com'",
        "grant",
        "ending_asked_by",
    ),
    "how it ended": (f"UPDATE {GRANT} SET end_reason = 'expired' {ENDED}", "grant", "end_reason"),
    "what was written": (
        f"UPDATE {GRANT} SET binding_expression = 'true'",
        "grant",
        "binding_expression",
    ),
    "an etag": (f"UPDATE {GRANT} SET etag_after = 'x'", "grant", "etag_after"),
    "eligibility": (
        f"UPDATE {GRANT} SET eligible_by = '[\"user:eve@x.com\"]'",
        "grant",
        "eligible_by",
    ),
    "a failure": (f"UPDATE {GRANT} SET failure = 'none'", "grant", "failure"),
    "a project": (f"UPDATE {GRANT} SET project_id = 'shop-dev'", "grant", "project_id"),
}


@pytest.mark.usefixtures("recorded_history")
@pytest.mark.parametrize("name", FORGED)
def test_changes_by_the_owner_of_the_tables_are_named(name: str) -> None:
    statement, table, field = FORGED[name]
    forge(statement)
    found = {(one.table, one.field) for one in differences()}
    assert (table, field) in found
    assert all(one.event for one in differences())


@pytest.mark.usefixtures("recorded_history")
def test_missing_rows_are_reported() -> None:
    keys = {
        "review": f"DELETE FROM {REVIEW}",
        "reviewer": f"DELETE FROM {REVIEWER}",
    }
    forge(*keys.values())
    assert {(one.table, one.message) for one in differences()} == {
        (table, "is missing") for table in keys
    }


def _copy(row: Request | Grant, **changes: object) -> None:
    values = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields}
    type(row)(**values | changes).save(force_insert=True)


@pytest.mark.usefixtures("recorded_history")
def test_rows_without_events_are_named() -> None:
    """The database accepts inserts by the application's user, but the verification reports the rows."""
    grant, review = Grant.objects.all()[0], Review.objects.all()[0]
    pending = Request.objects.get(state="pending")
    _copy(grant, id="00000000-0000-4000-8000-000000000001", role="roles/owner")
    _copy(grant.request, id="00000000-0000-4000-8000-000000000002", idempotency_key="")
    Reviewer.objects.create(
        request=pending, email="eve@example.com", part="peer", asked_at=pending.requested_at
    )
    Review.objects.create(
        request=pending,
        reviewer=review.reviewer,
        reviewer_email="bob@example.com",
        part="peer",
        decision="approved",
        decided_at=review.decided_at,
        channel="api",
    )
    found = {(one.table, one.message) for one in differences()}
    assert found == {
        (table, "no event records it") for table in ("request", "reviewer", "review", "grant")
    }


@pytest.mark.usefixtures("recorded_history")
def test_a_missing_or_shortened_chain_beside_its_rows_is_a_break() -> None:
    assert broken_end(connection) == ""
    last = verify().head.sequence
    forge(f"DELETE FROM activations_event WHERE sequence = {last}")
    assert broken_end(connection)
    forge("DELETE FROM activations_event")
    assert "no events" in broken_end(connection)
    forge("DELETE FROM activations_chainhead")
    assert broken_end(connection) == "there are no events, but requests"
    found = verify()
    assert not found.holds
    assert found.differences == Request.objects.count()
    with pytest.raises(CommandError, match="is not valid") as error:
        call_command("verify_evidence")
    assert error.value.returncode == 1
    with pytest.raises(CommandError, match="not complete"):
        call_command("check")


@pytest.mark.usefixtures("recorded_history")
def test_the_command_names_what_differs(capsys: pytest.CaptureFixture[str]) -> None:
    forge(f"UPDATE {GRANT} SET role = 'roles/viewer' {ENDED}")
    with pytest.raises(CommandError, match="Rows that differ from their events: 2, see above"):
        call_command("verify_evidence")
    said = capsys.readouterr().err
    grant = Grant.objects.filter(state="ended")[0]
    assert f"Grant {grant.pk} of request {grant.request_id}: role is 'roles/viewer'" in said
    assert "its event recorded 'roles/compute.admin' (event " in said
