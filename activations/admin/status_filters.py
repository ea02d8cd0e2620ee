"""How grants and requests stand, as conditions for the database; the same as `status(now)` says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from activations.domain.states import EndReason, GrantState, RequestState
from activations.models import Grant
from activations.models.request import unanswered

Condition = Callable[[datetime], Q]


def is_provisioning(now: datetime) -> Q:
    return Q(state=GrantState.PROVISIONING)


def is_active(now: datetime) -> Q:
    return Q(state=GrantState.ACTIVE, end_time__gt=now)


def is_failed(now: datetime) -> Q:
    return Q(state=GrantState.FAILED)


def is_ended(now: datetime) -> Q:
    """Whether anybody took note or not: the binding's condition ends access."""
    return Q(state=GrantState.ENDED) | Q(state=GrantState.ACTIVE, end_time__lte=now)


def is_ended_by_time(now: datetime) -> Q:
    return Q(state=GrantState.ENDED, end_reason=EndReason.EXPIRED) | Q(
        state=GrantState.ACTIVE, end_time__lte=now
    )


def is_ended_early(now: datetime) -> Q:
    return Q(state=GrantState.ENDED) & ~Q(end_reason=EndReason.EXPIRED)


def _among(condition: Q) -> Q:
    """Requests of the few grants that meet the condition: found from the grants."""
    return Q(id__in=Grant.objects.filter(condition).values("request_id"))


def _having(condition: Q) -> Q:
    """Requests with a grant that meets the condition: found request by request."""
    return Q(Exists(Grant.objects.filter(condition, request=OuterRef("pk"))))


def awaits_review(now: datetime) -> Q:
    return Q(state=RequestState.PENDING, expires_at__gt=now)


def is_declined(now: datetime) -> Q:
    return Q(state=RequestState.DECLINED)


def is_withdrawn(now: datetime) -> Q:
    return Q(state=RequestState.WITHDRAWN)


def is_unanswered(now: datetime) -> Q:
    return Q(state=RequestState.EXPIRED) | unanswered(now)


def has_provisioning(now: datetime) -> Q:
    """Approved, and a grant is being written or about to be made."""
    return Q(state=RequestState.APPROVED) & (_among(is_provisioning(now)) | ~_having(Q()))


def has_active(now: datetime) -> Q:
    return Q(state=RequestState.APPROVED) & _among(is_active(now)) & ~_having(is_provisioning(now))


def has_failed(now: datetime) -> Q:
    return (
        Q(state=RequestState.APPROVED)
        & _among(is_failed(now))
        & ~_having(is_provisioning(now) | is_active(now))
    )


def has_ended(now: datetime) -> Q:
    return (
        Q(state=RequestState.APPROVED)
        & _having(is_ended(now))
        & ~_having(is_provisioning(now) | is_active(now) | is_failed(now))
    )


# Parts of a whole: every grant is exactly one of these, and so is every request.
GRANT_OUTCOMES: dict[str, tuple[str, Condition]] = {
    "active": ("Active now", is_active),
    "provisioning": ("Being written", is_provisioning),
    "ended": ("Ended", is_ended),
    "failed": ("Failed", is_failed),
}
GRANT_STATES = GRANT_OUTCOMES | {
    "ended-by-time": ("Ended by time", is_ended_by_time),
    "ended-early": ("Ended early", is_ended_early),
}
REQUEST_STATES: dict[str, tuple[str, Condition]] = {
    "waiting": ("Waiting for review", awaits_review),
    "active": ("Active now", has_active),
    "provisioning": ("Being written", has_provisioning),
    "ended": ("Ended", has_ended),
    "failed": ("Failed", has_failed),
    "declined": ("Declined", is_declined),
    "withdrawn": ("Withdrawn", is_withdrawn),
    "expired": ("Expired unanswered", is_unanswered),
}
