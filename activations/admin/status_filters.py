"""How grants and requests stand, as choices for the lists of the admin."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db.models import Q

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


# Parts of a whole: every grant is exactly one of these, and so is every request.
GRANT_OUTCOMES: dict[str, tuple[str, Condition]] = {
    "active": ("Active now", _grants(Status.ACTIVE)),
    "provisioning": ("Being written", _grants(Status.PROVISIONING)),
    "ended": ("Ended", _grants(Status.ENDED)),
    "failed": ("Failed", _grants(Status.FAILED)),
}
GRANT_STATES = GRANT_OUTCOMES | {
    "ended-by-time": ("Ended by time", grant_ended_by_time),
    "ended-early": ("Ended early", lambda _: grant_ended_early()),
}
REQUEST_STATES: dict[str, tuple[str, Condition]] = {
    "waiting": ("Waiting for review", _requests(Status.ACTIVATION_PENDING)),
    "active": ("Active now", _requests(Status.ACTIVE)),
    "provisioning": ("Being written", _requests(Status.PROVISIONING)),
    "ended": ("Ended", _requests(Status.ENDED)),
    "failed": ("Failed", _requests(Status.FAILED)),
    "declined": ("Declined", _requests(Status.DECLINED)),
    "withdrawn": ("Withdrawn", _requests(Status.WITHDRAWN)),
    "expired": ("Expired unanswered", _requests(Status.EXPIRED)),
}
