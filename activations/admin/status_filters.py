"""The states of grants and requests, as choices for the lists of the admin."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db.models import Q

from activations.domain.labels import STATUSES
from activations.domain.states import Status
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
