"""The page of the audit log: what was found, what is missing, and how findings are closed."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import unquote

import pytest
from pytest_django import Settings

from activations.models import AuditEntry, AuditFinding, Event
from simulator import Simulator
from tests.activations.google_audit.reading_log import (
    LATER,
    MALLORY,
    VIEW,
    as_somebody,
    compare,
    marked,
    our_form,
    said,
)
from tests.conftest import PersonClient
from tests.journeys.shop import COMPUTE, activate

PAGE = "/admin/audit-log/"
ROLE = "roles/run.admin"
pytestmark = pytest.mark.django_db


@pytest.fixture
def found(simulated: Simulator, settings: Settings) -> AuditFinding:
    """Let Mallory write an activation and make Charlie eligible, an hour ago."""
    simulated.audit_log.views = frozenset({VIEW})
    settings.AUDIT_LOG_VIEWS = (VIEW,)
    simulated.audit_log.age = timedelta(hours=1)
    as_somebody(simulated).add(our_form(ROLE, "user:charlie@example.com"))
    as_somebody(simulated).add(marked("roles/dns.admin", "user:charlie@example.com"))
    said()
    return AuditFinding.objects.get()


def text(person: PersonClient, address: str = PAGE) -> str:
    answer = person.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_auditors_see_findings_with_author_and_log_entry(
    audrey: PersonClient, found: AuditFinding
) -> None:
    page = text(audrey)
    assert "Open findings (1)" in page
    assert f"{MALLORY} added {ROLE} for user:charlie@example.com on projects/shop-prod." in page
    assert f'insertId="{found.entry.insert_id}"' in unquote(page) if found.entry else False
    assert "partial" not in page


def test_the_table_says_who_made_whom_eligible_and_can_be_searched(
    audrey: PersonClient, found: AuditFinding
) -> None:
    assert "made user:charlie@example.com eligible for roles/dns.admin" in text(audrey)
    assert "roles/dns.admin" in text(audrey, f"{PAGE}?q=mallory")
    assert "No change was found" in text(audrey, f"{PAGE}?q=nobody")


def test_others_see_nothing(
    bob: PersonClient, charlie: PersonClient, alice: PersonClient, found: AuditFinding
) -> None:
    for person in (bob, charlie, alice):
        for answer in (person.get(PAGE), person.post(PAGE, {"finding": found.pk, "comment": "x"})):
            assert answer.status_code == 403
            assert "mallory" not in answer.content.decode()
    assert AuditFinding.objects.get().closed_at is None


def test_closing_needs_a_comment_and_is_recorded_once(
    olga: PersonClient, found: AuditFinding
) -> None:
    assert olga.post(PAGE, {"finding": found.pk, "comment": " "}).status_code == 400
    assert olga.post(PAGE, {"finding": "9" * 30, "comment": "x"}).status_code == 400
    body = {"finding": found.pk, "comment": "A test of the pipeline"}
    assert olga.post(PAGE, body).status_code == 302
    assert olga.post(PAGE, body).status_code == 409
    event = Event.objects.get(kind="audit_log.closed")
    assert (event.actor_email, event.comment) == ("olga@example.com", "A test of the pipeline")
    assert "Open findings (0)" in text(olga)
    assert "A test of the pipeline" in text(olga, f"{PAGE}?closed")


def test_the_overview_has_a_tile_while_a_finding_is_open(
    olga: PersonClient, found: AuditFinding
) -> None:
    assert "Audit log findings" in text(olga, "/admin/")
    olga.post(PAGE, {"finding": found.pk, "comment": "Known"})
    assert "Audit log findings" not in text(olga, "/admin/")


def test_the_page_says_what_was_not_read(
    audrey: PersonClient, alice: PersonClient, simulated: Simulator
) -> None:
    assert "has not been read yet" in text(audrey)
    activate(alice, COMPUTE)
    simulated.audit_log.unreadable = frozenset({"projects/shop-prod"})
    said()
    page = text(audrey)
    assert "The result is partial." in page
    assert "roles/logging.viewer" in page


def test_a_missing_write_links_to_its_grant(
    audrey: PersonClient, alice: PersonClient, simulated: Simulator, settings: Settings
) -> None:
    simulated.audit_log.views = frozenset({VIEW})
    settings.AUDIT_LOG_VIEWS = (VIEW,)
    activate(alice, COMPUTE)
    simulated.audit_log.lose()
    compare(later=LATER)
    assert f"/grant/{AuditFinding.objects.get().grant_id}/change/" in text(audrey)


def test_pages_have_fifty_rows(audrey: PersonClient, found: AuditFinding) -> None:
    entry = AuditEntry.objects.order_by("pk")[0]
    AuditFinding.objects.bulk_create(
        AuditFinding(
            key=f"touched:{n}",
            kind="touched",
            entry=entry,
            resource=entry.resource,
            words=f"Finding number {n}.",
            found_at=found.found_at - timedelta(minutes=n + 1),
        )
        for n in range(60)
    )
    first, second = text(audrey), text(audrey, f"{PAGE}?page=1")
    assert "Finding number 48." in first
    assert "Finding number 49." not in first
    assert "Finding number 59." in second
    assert "Older findings" in first
    assert "Newer findings" in second
