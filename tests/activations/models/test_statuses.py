"""Queries for a status find exactly the rows with that status."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import combinations_with_replacement
from typing import Any

import pytest

from activations.domain.states import GrantState, RequestState, Status
from activations.models import Grant, QueuedItem, Request
from activations.models.statuses import count_by_status
from tests.activations.admin import history
from tests.activations.admin.history import HOUR, NOON

NOW = NOON + HOUR
INSTANT = timedelta(microseconds=1)
MOMENTS = (NOW - INSTANT, NOW, NOW + INSTANT, NOW + HOUR)
# Grants that end now, and grants that end later.
KINDS = [(state, lasting) for state in GrantState for lasting in (HOUR, 3 * HOUR)]


def rows_of_every_kind() -> None:
    """Create requests in each state, expired or not, with no, one or two grants of each kind."""
    for number, state in enumerate([*RequestState, RequestState.PENDING]):
        until = NOW + number * INSTANT if number else NOW
        waits: dict[str, Any] = {"expires_at": until} if state == RequestState.PENDING else {}
        history.request(state=state, email=f"{number}@example.com", **history.MPA, **waits)
    combinations = [[kind] for kind in KINDS]
    combinations += [list(pair) for pair in combinations_with_replacement(KINDS, 2)]
    for number, kinds in enumerate(combinations):
        # Only one grant of an access can be scheduled, so each request is of another person.
        of = history.request(email=f"holder-{number}@example.com")
        for (state, lasting), role in zip(kinds, ("roles/viewer", "roles/browser"), strict=False):
            history.grant(of=of, state=state, lasting=lasting, role=role)


@pytest.mark.django_db
@pytest.mark.parametrize("now", MOMENTS)
@pytest.mark.parametrize("model", [Request, QueuedItem, Grant])
def test_with_status_finds_the_rows_of_that_status(model: Any, now: datetime) -> None:
    rows_of_every_kind()
    rows = list(model.objects.all())
    for status in Status:
        found = sorted(model.objects.with_status(status, now).values_list("pk", flat=True))
        assert found == sorted(row.pk for row in rows if row.status(now) is status)


@pytest.mark.django_db
def test_requests_are_counted_by_their_status() -> None:
    rows_of_every_kind()
    rows = list(Request.objects.prefetch_related("grants"))
    for now in MOMENTS:
        found = count_by_status(Request.objects.all(), now)
        assert found == Counter(row.status(now) for row in rows)


@pytest.mark.django_db
def test_an_approved_request_without_grants_is_being_granted() -> None:
    request = history.request()
    assert request.status(NOW) is Status.PROVISIONING
    assert list(Request.objects.with_status(Status.PROVISIONING, NOW)) == [request]


@pytest.mark.django_db
@pytest.mark.parametrize("now", MOMENTS)
def test_undecided_requests_are_either_pending_or_overdue(now: datetime) -> None:
    rows_of_every_kind()
    undecided = set(Request.objects.undecided())
    pending, overdue = set(Request.objects.pending(now)), set(Request.objects.overdue(now))
    assert pending | overdue == undecided
    assert not pending & overdue
    assert pending == {row for row in undecided if row.status(now) is Status.ACTIVATION_PENDING}


@pytest.mark.django_db
@pytest.mark.parametrize("now", MOMENTS)
def test_open_grants_are_active_or_being_granted(now: datetime) -> None:
    rows_of_every_kind()
    expected = {
        grant
        for grant in Grant.objects.all()
        if grant.status(now) in {Status.ACTIVE, Status.PROVISIONING}
    }
    assert set(Grant.objects.open(now)) == expected


@pytest.mark.django_db
def test_needing_approval_finds_the_requests_that_need_it() -> None:
    rows_of_every_kind()
    needing = {row for row in Request.objects.all() if row.needs_approval}
    assert needing
    assert set(Request.objects.needing_approval()) == needing
