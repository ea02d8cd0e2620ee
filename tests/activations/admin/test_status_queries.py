"""The status in database queries equals the status on pages and in the API."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import combinations_with_replacement
from typing import Any

import pytest

from activations.admin.status_filters import GRANT_OUTCOMES, REQUEST_STATES, Condition
from activations.domain.states import GrantState, RequestState, Status
from activations.models import Grant, Request
from tests.activations.admin import history
from tests.activations.admin.history import HOUR, NOON

NOW = NOON + HOUR
KEYS = {
    Status.ACTIVATION_PENDING: "waiting",
    Status.SCHEDULED: "scheduled",
    Status.PROVISIONING: "provisioning",
    Status.ACTIVE: "active",
    Status.ENDED: "ended",
    Status.FAILED: "failed",
    Status.DECLINED: "declined",
    Status.WITHDRAWN: "withdrawn",
    Status.EXPIRED: "expired",
}
MOMENTS = (NOW - timedelta(microseconds=1), NOW, NOW + HOUR)


def check(
    model: type[Grant] | type[Request], states: dict[str, tuple[str, Condition]], now: datetime
) -> None:
    chosen = {
        key: set(model.objects.filter(condition(now)).values_list("pk", flat=True))
        for key, (_, condition) in states.items()
    }
    for row in model.objects.all():
        assert [key for key, ids in chosen.items() if row.pk in ids] == [KEYS[row.status(now)]]
    counted = sum(model.objects.filter(condition(now)).count() for _, condition in states.values())
    assert counted == model.objects.count()


@pytest.mark.django_db
@pytest.mark.parametrize("now", MOMENTS)
def test_queries_find_every_grant_under_its_own_status_only(now: datetime) -> None:
    for number, state in enumerate(GrantState):
        of = history.request(email=f"{number}@example.com")
        history.grant(of=of, state=state)
        history.grant(of=of, lasting=3 * HOUR, state=state, role="roles/browser")
    check(Grant, GRANT_OUTCOMES, now)


@pytest.mark.django_db
@pytest.mark.parametrize("now", MOMENTS)
def test_queries_find_every_request_under_its_own_status_only(now: datetime) -> None:
    for number, state in enumerate(RequestState):
        waits: dict[str, Any] = (
            {"expires_at": NOW + 9 * HOUR} if state == RequestState.PENDING else {}
        )
        history.request(state=state, email=f"{number}@example.com", **history.MPA, **waits)
    kinds = [(state, lasting) for state in GrantState for lasting in (HOUR, 3 * HOUR)]
    for number, (first, second) in enumerate(combinations_with_replacement(kinds, 2)):
        of = history.request(email=f"holder-{number}@example.com")
        history.grant(of=of, state=first[0], lasting=first[1])
        history.grant(of=of, state=second[0], lasting=second[1], role="roles/browser")
    check(Request, REQUEST_STATES, now)
