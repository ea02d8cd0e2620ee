"""Which requests each person sees in the queue, and what it shows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activations.domain.states import RequestState
from activations.models import Event, Request, Review, User
from tests.activations.admin.queue import QUEUE, badge, record_of, shown, waiting
from tests.activations.admin.reading import EVENTS, GRANTS, REQUESTS, text
from tests.moments import now
from tests.rewriting import rewrite

pytestmark = pytest.mark.one_database

MESSAGES = "/admin/activations/outboxmessage/"


@pytest.fixture
def maria(person: Any, settings: Any) -> Any:
    """Maria is a designated reviewer."""
    settings.REVIEWERS = ("user:maria@example.com",)
    return person("maria@example.com")


def settled(row: Request, reviewer: Any, decision: str = "declined") -> Request:
    reviewer.get("/activity")
    Review.objects.create(
        request=row,
        reviewer=User.objects.filter(email=reviewer.email).latest("last_seen"),
        reviewer_email=reviewer.email,
        part="peer",
        decision=decision,
        comment="no",
        decided_at=now(),
        channel="web",
    )
    rewrite(Request.objects.filter(pk=row.pk), state=decision, decided_at=now())
    row.refresh_from_db()
    return row


def test_requests_that_wait_for_me_come_first_oldest_on_top(bob: Any) -> None:
    newer = waiting(asked_at=now() - timedelta(minutes=2))
    older = waiting(asked_at=now() - timedelta(minutes=40), of="dave@example.com")
    waiting("carol@example.com", of="erin@example.com")
    assert shown(bob) == [str(older.pk), str(newer.pk)]


def test_decided_and_expired_requests_wait_for_nobody(bob: Any) -> None:
    waiting(state=RequestState.WITHDRAWN)
    waiting(expires_at=now() - timedelta(seconds=1))
    assert shown(bob) == []
    assert "No request waits for your review" in text(bob.get(QUEUE))


def test_a_reviewer_without_other_permissions_sees_only_their_own_queue(bob: Any) -> None:
    mine, foreign = waiting(), waiting("carol@example.com", of="dave@example.com")
    assert shown(bob) == [str(mine.pk)]
    assert bob.get(record_of(mine)).status_code == 200
    assert bob.get(record_of(foreign)).status_code == 404
    assert bob.get(QUEUE, {"view": "pending"}).status_code == 403
    assert "All pending" not in text(bob.get(QUEUE))


def test_a_reviewer_without_other_permissions_can_open_no_other_page(bob: Any) -> None:
    row = waiting()
    event = Event.objects.get(request=row)
    for page in (
        *(REQUESTS, GRANTS, EVENTS, MESSAGES, f"{GRANTS}export/", f"{REQUESTS}export/"),
        *(f"{REQUESTS}{row.pk}/change/", f"{EVENTS}{event.pk}/change/"),
    ):
        assert bob.get(page).status_code == 403, page
    overview = text(bob.get("/admin/"))
    assert QUEUE in overview
    for page in (REQUESTS, GRANTS, EVENTS, MESSAGES, "Export"):
        assert page not in overview
    assert EVENTS not in text(bob.get(record_of(row)))


@pytest.mark.parametrize("page", [QUEUE, "/admin/"])
def test_a_person_who_was_never_asked_is_refused(charlie: Any, page: str) -> None:
    row = waiting()
    assert charlie.get(page).status_code == 403
    assert charlie.get(record_of(row)).status_code == 403


def test_auditors_have_no_queue(audrey: Any) -> None:
    row = waiting()
    assert audrey.get(QUEUE).status_code == 403
    assert audrey.get(record_of(row)).status_code == 403
    assert badge(audrey) == ""
    assert QUEUE not in text(audrey.get("/admin/"))


def test_managers_see_every_pending_request_and_a_link_to_the_queue(maria: Any) -> None:
    row = waiting()
    waiting(state=RequestState.WITHDRAWN)
    waiting(of="dave@example.com", expires_at=now() - timedelta(seconds=1))
    assert shown(maria) == []
    page = text(maria.get(QUEUE))
    assert "1 request waits for other reviewers" in page
    assert shown(maria, "pending") == [str(row.pk)]
    record = text(maria.get(record_of(row)))
    assert 'name="comment"' in record


def test_administrators_see_all_and_cannot_decide(olga: Any) -> None:
    row = waiting()
    assert shown(olga, "pending") == [str(row.pk)]
    record = text(olga.get(record_of(row)))
    assert "You are not a reviewer of this request" in record
    assert 'name="comment"' not in record


def test_my_decisions_are_listed_latest_first(bob: Any) -> None:
    first = settled(waiting(), bob)
    second = settled(waiting("carol@example.com", of="dave@example.com"), bob)
    settled(waiting(of="erin@example.com"), bob)
    rewrite(Review.objects.exclude(request__in=[first, second]), reviewer=first.beneficiary)
    assert shown(bob, "decided") == [str(second.pk), str(first.pk)]


def test_an_unknown_view_shows_an_empty_list(bob: Any) -> None:
    waiting()
    assert shown(bob, "everything") == []


def test_a_row_shows_person_role_project_justification_and_duration(bob: Any) -> None:
    waiting(
        role="roles/iam.securityAdmin",
        resource_condition='resource.name == "x"',
        justification="CASE-9 <b>now</b>",
        minutes=90,
    )
    page = " ".join(text(bob.get(QUEUE)).split())
    for words in (
        *("alice@example.com", "iam.securityAdmin<div", "roles/iam.securityAdmin", "billing-prod"),
        *("Only resources named “x”", "1 h 30 min", "CASE-9 &lt;b&gt;now", "5 min<", "50 min<"),
    ):
        assert words in page, words
    assert "<b>now" not in page


def test_the_badge_counts_requests_that_wait_for_me(bob: Any, olga: Any, maria: Any) -> None:
    waiting()
    waiting(of="dave@example.com")
    waiting("carol@example.com", of="erin@example.com")
    assert (badge(bob), badge(olga), badge(maria)) == ("2", "0", "0")
    overview = " ".join(text(bob.get("/admin/")).split())
    assert 'tile-number">2</span> <span class="tile-label">Waiting for you' in overview
    assert "Requests to review (2)" in overview
    tabs = " ".join(text(olga.get(QUEUE)).split())
    assert "All pending (3)" in tabs


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("alice", 0),
        ("alice@example.com", 1),
        ("billing", 1),
        ("BUG", 1),
        ("browser", 1),
        ("zzz", 0),
    ],
)
def test_the_queue_can_be_searched(bob: Any, words: str, found: int) -> None:
    waiting()
    page = text(bob.get(QUEUE, {"q": words}))
    assert page.count("/change/") == found


def test_the_page_of_a_request_shows_reviewers_origin_and_times(bob: Any) -> None:
    row = waiting(
        "bob@example.com", "carol@example.com", device_id="laptop-7", address="203.0.113.9"
    )
    row.reviewers.create(email="maria@example.com", part="manager", asked_at=now())
    page = " ".join(text(bob.get(record_of(row))).split())
    for words in (
        'bob@example.com <span class="quiet">Peer',
        'maria@example.com <span class="quiet">Manager',
        *("laptop-7", "203.0.113.9", f"mpa-{row.pk}", "50 min left", "5 min ago"),
        "request.self_approved",
    ):
        assert words in page, words


def test_the_queue_needs_the_same_queries_for_one_row_and_for_many(olga: Any, bob: Any) -> None:
    waiting()

    def queries(client: Any, view: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            shown(client, view)
        return len(captured)

    shown(olga, "pending")
    shown(bob)
    few = queries(olga, "pending"), queries(bob, "waiting")
    for number in range(20):
        waiting("bob@example.com", "carol@example.com", of=f"person{number}@example.com")
    assert (queries(olga, "pending"), queries(bob, "waiting")) == few
    assert max(few) <= 13


def test_opening_the_queue_changes_nothing(bob: Any, simulated: Any) -> None:
    row = waiting(expires_at=now() - timedelta(seconds=1))
    open_one = waiting(of="dave@example.com")
    bob.get("/")  # his first request, which is recorded
    events = Event.objects.count()
    for page in (QUEUE, record_of(row), f"{QUEUE}{open_one.pk}/approve/"):
        bob.get(page)
        bob.head(page)
    answer = bob.get(f"{QUEUE}{open_one.pk}/decline/", {"comment": "no"})
    assert answer["Location"] == record_of(open_one)
    bob.get(QUEUE, {"action": "approve_selected", "_selected_action": str(open_one.pk)})
    assert set(Request.objects.values_list("state", flat=True)) == {"pending"}
    assert Event.objects.count() == events
    assert not simulated.calls.of("cloudresourcemanager.projects.setIamPolicy")


def test_an_expired_request_that_no_job_has_recorded_cannot_be_decided(bob: Any) -> None:
    row = waiting(expires_at=now() - timedelta(seconds=1))
    page = text(bob.get(record_of(row)))
    assert "Expired" in page
    assert 'name="comment"' not in page
