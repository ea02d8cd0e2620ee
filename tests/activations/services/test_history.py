"""Lists of your own requests and grants: filters, and pages while others write."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from activations.domain.states import GrantState, RequestState, Status
from activations.models import Request, User
from activations.services.history import Filters, own_grants, own_requests
from tests.activations.rows import NOON, request, user
from tests.conftest import PersonClient
from tests.journeys.shop import activate

pytestmark = pytest.mark.django_db
SOON = NOON + timedelta(minutes=1)
LATER = NOON + timedelta(days=1)


def all_pages(of: User, page_size: int, now: datetime = SOON) -> list[uuid.UUID]:
    found: list[uuid.UUID] = []
    token = ""
    while True:
        page = own_requests(
            user=of, filters=Filters(page_size=page_size, page_token=token), now=now
        )
        found += [row.id for row in page.rows]
        if page.next_token is None:
            return found
        token = page.next_token


@pytest.mark.parametrize("page_size", [1, 2, 3, 7, 8, 200])
def test_pages_contain_every_row_once_newest_first(page_size: int) -> None:
    # Some rows have the same time, so the id decides the order.
    made = [request(at=NOON + timedelta(seconds=number // 3)) for number in range(8)]
    wanted = sorted(made, key=lambda row: (row.requested_at, row.id.int), reverse=True)
    assert all_pages(user(), page_size) == [row.id for row in wanted]


def test_no_row_is_duplicated_or_lost_while_rows_are_added() -> None:
    before = [request(at=NOON + timedelta(seconds=number)).id for number in range(6)]
    first = own_requests(user=user(), filters=Filters(page_size=2), now=SOON)
    for number in range(3):
        request(at=NOON + timedelta(minutes=number + 1))
    rest = own_requests(
        user=user(), filters=Filters(page_size=50, page_token=first.next_token or ""), now=SOON
    )
    assert [row.id for row in (*first.rows, *rest.rows)] == before[::-1]
    assert rest.next_token is None


def test_the_last_page_has_no_next_page() -> None:
    for number in range(4):
        request(at=NOON + timedelta(seconds=number))
    page = own_requests(user=user(), filters=Filters(page_size=4), now=SOON)
    assert (len(page.rows), page.next_token) == (4, None)


def test_a_token_keeps_times_before_year_1000_and_microseconds() -> None:
    odd = [datetime(2030, 1, 1, 12, 0, 0, micro, UTC) for micro in (0, 1, 999_999)]
    made = [request(at=at).id for at in odd]
    assert all_pages(user(), 1) == made[::-1]


def test_others_are_not_listed() -> None:
    request(GrantState.ACTIVE, of=user("bob@example.com"))
    mine = request(GrantState.ACTIVE)
    assert all_pages(user(), 50) == [mine.id]
    grants = own_grants(user=user(), filters=Filters(), now=SOON).rows
    assert [grant.request_id for grant in grants] == [mine.id]


PENDING: dict[str, Any] = {
    "activation_type": "MPA",
    "state": RequestState.PENDING,
    "role": "roles/browser",
    "role_key": "k",
    "expires_at": LATER,
}


def settled(state: RequestState) -> dict[str, Any]:
    return PENDING | {"state": state}


@pytest.fixture
def one_of_each() -> dict[Status, Request]:
    """Create a request of every status."""
    return {
        Status.ACTIVATION_PENDING: request(**PENDING),
        Status.DECLINED: request(**settled(RequestState.DECLINED)),
        Status.WITHDRAWN: request(**settled(RequestState.WITHDRAWN)),
        Status.EXPIRED: request(**settled(RequestState.EXPIRED)),
        Status.SCHEDULED: request(GrantState.SCHEDULED, GrantState.FAILED),
        Status.PROVISIONING: request(GrantState.PROVISIONING, GrantState.ACTIVE),
        Status.ACTIVE: request(GrantState.FAILED, GrantState.ACTIVE, GrantState.ENDED),
        Status.FAILED: request(GrantState.ENDED, GrantState.FAILED),
        Status.ENDED: request(GrantState.ENDED, GrantState.ENDED),
    }


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("now", [SOON, LATER])
def test_a_filter_finds_the_requests_with_this_status(
    status: Status, now: datetime, one_of_each: dict[Status, Request]
) -> None:
    shown = {row.id for row in one_of_each.values() if row.status(now) is status}
    page = own_requests(user=user(), filters=Filters(status=status), now=now)
    assert {row.id for row in page.rows} == shown
    if now == SOON:
        assert shown == {one_of_each[status].id}


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("now", [SOON, LATER])
def test_a_filter_finds_the_grants_with_this_status(
    status: Status, now: datetime, one_of_each: dict[Status, Request]
) -> None:
    grants = [grant for row in one_of_each.values() for grant in row.grants.all()]
    shown = {grant.id for grant in grants if grant.status(now) is status}
    page = own_grants(user=user(), filters=Filters(status=status), now=now)
    assert {row.id for row in page.rows} == shown


def test_a_filter_by_project() -> None:
    wanted = request(GrantState.ACTIVE, project_id="example.com:p1")
    request(GrantState.ACTIVE)
    filters = Filters(project_id="example.com:p1")
    assert [row.id for row in own_requests(user=user(), filters=filters, now=SOON).rows] == [
        wanted.id
    ]
    assert [row.project_id for row in own_grants(user=user(), filters=filters, now=SOON).rows] == [
        "example.com:p1"
    ]


def test_pages_through_the_api(alice: PersonClient) -> None:
    made = [activate(alice, minutes=minutes).json()["requestId"] for minutes in (5, 6, 7)]
    first = alice.api_get("/api/requests", pageSize="2").json()
    second = alice.api_get("/api/requests", pageSize="2", pageToken=first["nextPageToken"]).json()
    found = [row["requestId"] for row in first["requests"] + second["requests"]]
    assert sorted(found) == sorted(made)
    assert second["nextPageToken"] is None
    grants = alice.api_get("/api/grants", status="ACTIVE", project="shop-prod").json()
    assert {grant["requestId"] for grant in grants["grants"]} == set(made)
    assert alice.api_get("/api/grants", status="FAILED").json()["grants"] == []


@pytest.mark.parametrize(
    ("name", "value"), [("status", "active"), ("status", "INACTIVE"), ("role", "theirs")]
)
def test_an_unknown_value_is_refused_with_the_known_ones(
    name: str, value: str, alice: PersonClient
) -> None:
    answer = alice.api_get("/api/requests", **{name: value})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith(f"{name} must be one of ")


def test_others_cannot_determine_whether_a_request_exists(
    alice: PersonClient, charlie: PersonClient, olga: PersonClient
) -> None:
    there = activate(alice).json()["requestId"]
    for stranger in (charlie, olga):
        answers = [stranger.api_get(f"/api/requests/{an_id}") for an_id in (there, uuid.uuid4())]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].content == answers[1].content
        assert stranger.api_get("/api/grants").json()["grants"] == []


def test_an_ended_grant_has_its_reason() -> None:
    made = request(GrantState.ACTIVE, GrantState.ENDED)
    active, ended = sorted(made.grants.all(), key=lambda grant: grant.role)
    assert active.reason(SOON) is None
    assert active.reason(LATER) == "expired"
    assert ended.reason(SOON) == "expired"
    assert active.time_left(LATER) == timedelta()
    assert active.time_left(SOON) == timedelta(minutes=59)
