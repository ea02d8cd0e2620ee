"""The states of grants and requests, as choices for the lists of the admin."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db.models import Q

from activations.domain.labels import AFTER_REVIEW_STATES, OVERDUE_REVIEW, STATUSES
from activations.domain.states import AfterReviewState, Status
from activations.models.statuses import (
    grant_ended_by_time,
    grant_ended_early,
    grant_has,
    request_has,
)

Condition = Callable[[datetime], Q]


def _grants(status: Status) -> Condition:
    return lambda now: grant_has(status, now)


def _requests(status: Status) -> Condition:
    return lambda now: request_has(status, now)


# The choices do not overlap: every grant has exactly one of these states, and so has every request.
GRANT_KEYS = {
    "scheduled": Status.SCHEDULED,
    "active": Status.ACTIVE,
    "provisioning": Status.PROVISIONING,
    "ended": Status.ENDED,
    "failed": Status.FAILED,
    "withdrawn": Status.WITHDRAWN,
}
GRANT_OUTCOMES: dict[str, tuple[str, Condition]] = {
    key: (STATUSES[status], _grants(status)) for key, status in GRANT_KEYS.items()
}
GRANT_STATES = GRANT_OUTCOMES | {
    "ended-by-time": ("Expired", grant_ended_by_time),
    "ended-early": ("Ended early", lambda _: grant_ended_early()),
}
REQUEST_KEYS = {
    "waiting": Status.ACTIVATION_PENDING,
    "scheduled": Status.SCHEDULED,
    "active": Status.ACTIVE,
    "provisioning": Status.PROVISIONING,
    "ended": Status.ENDED,
    "failed": Status.FAILED,
    "declined": Status.DECLINED,
    "withdrawn": Status.WITHDRAWN,
    "expired": Status.EXPIRED,
}
REQUEST_STATES: dict[str, tuple[str, Condition]] = {
    key: (STATUSES[status], _requests(status)) for key, status in REQUEST_KEYS.items()
}


def _waits(now: datetime) -> Q:
    return Q(state=AfterReviewState.OPEN, due_at__gt=now)


def _overdue(now: datetime) -> Q:
    return Q(state=AfterReviewState.OPEN, due_at__lte=now)


def _after_review(state: AfterReviewState) -> Condition:
    return lambda _: Q(state=state)


# Every after-review has exactly one of these outcomes.
AFTER_REVIEW_OUTCOMES: dict[str, tuple[str, Condition]] = {
    "waiting": (AFTER_REVIEW_STATES[AfterReviewState.OPEN], _waits),
    "overdue": (OVERDUE_REVIEW, _overdue),
    "justified": (
        AFTER_REVIEW_STATES[AfterReviewState.JUSTIFIED],
        _after_review(AfterReviewState.JUSTIFIED),
    ),
    "not-justified": (
        AFTER_REVIEW_STATES[AfterReviewState.NOT_JUSTIFIED],
        _after_review(AfterReviewState.NOT_JUSTIFIED),
    ),
}
AFTER_REVIEW_CHOICES = {
    "open": ("Open, overdue or not", _after_review(AfterReviewState.OPEN)),
    "overdue": AFTER_REVIEW_OUTCOMES["overdue"],
    "judged": ("Judged", lambda _: ~Q(state=AfterReviewState.OPEN)),
} | {key: AFTER_REVIEW_OUTCOMES[key] for key in ("justified", "not-justified")}
