"""The states of requests and grants, with their transitions as tables; nothing else compares state names."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

# The largest difference that we allow between the clocks of our own processes.
CLOCK_SKEW = timedelta(seconds=30)


class RequestState(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class GrantState(StrEnum):
    SCHEDULED = "scheduled"
    PROVISIONING = "provisioning"
    ACTIVE = "active"
    ENDED = "ended"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"  # before its scheduled start, so that access was never granted


# Grants in these states have given no access, whatever their period says.
NEVER_ACTIVE = (GrantState.SCHEDULED, GrantState.FAILED, GrantState.WITHDRAWN)


class EndReason(StrEnum):
    """Why a grant ended."""

    EXPIRED = "expired"
    HOLDER = "ended by holder"
    REVOKED = "revoked"
    EXTENDED = "extended"
    DRIFTED = "drifted"
    WITHDRAWN = "withdrawn"


# The kind of failure where Google did not confirm the grant before it would have expired.
NOT_FOUND_OUT = "NotFoundOut"


class Decision(StrEnum):
    """What a reviewer decided."""

    APPROVED = "approved"
    DECLINED = "declined"


class ReviewerPart(StrEnum):
    """Why a person may review.

    They hold the same eligible role, `REVIEWERS` names them, or a rule of the access policy does.
    """

    PEER = "peer"
    MANAGER = "manager"
    APPROVER = "approver"


class Channel(StrEnum):
    """The ways in which people and programs are notified."""

    MAIL = "mail"
    PUBSUB = "pubsub"


class DeliveryState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


class Status(StrEnum):
    """The status of a request or grant in the API."""

    ACTIVATION_PENDING = "ACTIVATION_PENDING"
    SCHEDULED = "SCHEDULED"
    PROVISIONING = "PROVISIONING"
    ACTIVE = "ACTIVE"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    ENDED = "ENDED"
    FAILED = "FAILED"


class AfterReviewState(StrEnum):
    """Whether break-glass access was judged, and how."""

    OPEN = "open"
    JUSTIFIED = "justified"
    NOT_JUSTIFIED = "not_justified"


VERDICTS = (AfterReviewState.JUSTIFIED, AfterReviewState.NOT_JUSTIFIED)
AFTER_REVIEW_TRANSITIONS: dict[AfterReviewState, frozenset[AfterReviewState]] = {
    AfterReviewState.OPEN: frozenset(VERDICTS),
    AfterReviewState.JUSTIFIED: frozenset(),
    AfterReviewState.NOT_JUSTIFIED: frozenset(),
}

REQUEST_TRANSITIONS: dict[RequestState, frozenset[RequestState]] = {
    RequestState.PENDING: frozenset(
        {
            RequestState.APPROVED,
            RequestState.DECLINED,
            RequestState.WITHDRAWN,
            RequestState.EXPIRED,
        }
    ),
    RequestState.APPROVED: frozenset(),
    RequestState.DECLINED: frozenset(),
    RequestState.WITHDRAWN: frozenset(),
    RequestState.EXPIRED: frozenset(),
}

GRANT_TRANSITIONS: dict[GrantState, frozenset[GrantState]] = {
    GrantState.SCHEDULED: frozenset(
        {GrantState.PROVISIONING, GrantState.WITHDRAWN, GrantState.FAILED}
    ),
    GrantState.PROVISIONING: frozenset({GrantState.ACTIVE, GrantState.FAILED}),
    GrantState.ACTIVE: frozenset({GrantState.ENDED}),
    GrantState.ENDED: frozenset(),
    GrantState.FAILED: frozenset(),
    GrantState.WITHDRAWN: frozenset(),
}

REQUEST_STATUS = {
    RequestState.PENDING: Status.ACTIVATION_PENDING,
    RequestState.DECLINED: Status.DECLINED,
    RequestState.WITHDRAWN: Status.WITHDRAWN,
    RequestState.EXPIRED: Status.EXPIRED,
}

# A request has the first of these statuses that one of its grants has.
GRANT_PRECEDENCE = (
    *(Status.SCHEDULED, Status.PROVISIONING, Status.ACTIVE),
    *(Status.FAILED, Status.ENDED, Status.WITHDRAWN),
)
_STATUS_OF_GRANT = {state: Status(state.name) for state in GrantState}


def grant_status(state: GrantState, *, is_over: bool) -> Status:
    """Return the status of a grant; IAM's condition ends access even before we record the end."""
    if state is GrantState.ACTIVE and is_over:
        return Status.ENDED
    return _STATUS_OF_GRANT[state]


def request_status(state: RequestState, grants: list[Status]) -> Status:
    """Return the status of a request: its own until it is approved, then that of its grants."""
    if state is not RequestState.APPROVED:
        return REQUEST_STATUS[state]
    return next(
        status for status in GRANT_PRECEDENCE if status in (grants or [Status.PROVISIONING])
    )
