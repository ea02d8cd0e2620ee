"""The lives of requests and grants, drawn as tables; nothing else compares state names."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

# How far apart the clocks of our own processes may be.
CLOCK_SKEW = timedelta(seconds=30)


class RequestState(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class GrantState(StrEnum):
    PROVISIONING = "provisioning"
    ACTIVE = "active"
    ENDED = "ended"
    FAILED = "failed"


class EndReason(StrEnum):
    """Why a grant is over."""

    EXPIRED = "expired"
    HOLDER = "ended by holder"
    REVOKED = "revoked"
    EXTENDED = "extended"
    DRIFTED = "drifted"


# The kind of failure where nobody could find out whether access was granted before its time was over.
NOT_FOUND_OUT = "NotFoundOut"


class Decision(StrEnum):
    """What a reviewer said."""

    APPROVED = "approved"
    DECLINED = "declined"


class ReviewerPart(StrEnum):
    """Why somebody may review: they hold the same eligible role, or are one of `REVIEWERS`."""

    PEER = "peer"
    MANAGER = "manager"


class Channel(StrEnum):
    """The ways in which people and programs are told."""

    MAIL = "mail"
    PUBSUB = "pubsub"


class DeliveryState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


class Status(StrEnum):
    """What the API says of a request or grant."""

    ACTIVATION_PENDING = "ACTIVATION_PENDING"
    PROVISIONING = "PROVISIONING"
    ACTIVE = "ACTIVE"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    ENDED = "ENDED"
    FAILED = "FAILED"


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
    GrantState.PROVISIONING: frozenset({GrantState.ACTIVE, GrantState.FAILED}),
    GrantState.ACTIVE: frozenset({GrantState.ENDED}),
    GrantState.ENDED: frozenset(),
    GrantState.FAILED: frozenset(),
}

REQUEST_STATUS = {
    RequestState.PENDING: Status.ACTIVATION_PENDING,
    RequestState.DECLINED: Status.DECLINED,
    RequestState.WITHDRAWN: Status.WITHDRAWN,
    RequestState.EXPIRED: Status.EXPIRED,
}

# Of several grants the first that applies names the request.
GRANT_PRECEDENCE = (Status.PROVISIONING, Status.ACTIVE, Status.FAILED, Status.ENDED)


def grant_status(state: GrantState, *, is_over: bool) -> Status:
    """The status of a grant; the condition ends access whether or not we have taken note."""
    if state is GrantState.ACTIVE and is_over:
        return Status.ENDED
    return Status(state.name)


def request_status(state: RequestState, grants: list[Status]) -> Status:
    """The status of a request: its own until it is approved, then that of its grants."""
    if state is not RequestState.APPROVED:
        return REQUEST_STATUS[state]
    return next(
        status for status in GRANT_PRECEDENCE if status in (grants or [Status.PROVISIONING])
    )
