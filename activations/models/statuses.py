"""Statuses as database conditions; each selects the rows whose `status(now)` is the same."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import (
    Case,
    Count,
    Exists,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    When,
)

from activations.domain.states import (
    GRANT_PRECEDENCE,
    REQUEST_STATUS,
    EndReason,
    GrantState,
    RequestState,
    Status,
    grant_status,
)
from eligibility.entitlements import ActivationType

STATES = {status: state for state, status in REQUEST_STATUS.items()}
NONE = Q(pk__in=[])
NEEDS_APPROVAL = Q(activation_type=ActivationType.MPA)


def grant_has(status: Status, now: datetime) -> Q:
    """Grants of this status; the binding's condition ends access, recorded or not."""
    conditions = {
        Status.SCHEDULED: Q(state=GrantState.SCHEDULED),
        Status.PROVISIONING: Q(state=GrantState.PROVISIONING),
        Status.ACTIVE: Q(state=GrantState.ACTIVE, end_time__gt=now),
        Status.FAILED: Q(state=GrantState.FAILED),
        Status.ENDED: Q(state=GrantState.ENDED) | _ran_out(now),
        Status.WITHDRAWN: Q(state=GrantState.WITHDRAWN),
    }
    return conditions.get(status, NONE)


def grant_ended_by_time(now: datetime) -> Q:
    return Q(state=GrantState.ENDED, end_reason=EndReason.EXPIRED) | _ran_out(now)


def grant_ended_early() -> Q:
    return Q(state=GrantState.ENDED) & ~Q(end_reason=EndReason.EXPIRED)


def _ran_out(now: datetime) -> Q:
    return Q(state=GrantState.ACTIVE, end_time__lte=now)


def is_pending(now: datetime) -> Q:
    """Requests that can still be decided."""
    return Q(state=RequestState.PENDING, expires_at__gt=now)


def is_overdue(now: datetime) -> Q:
    """Requests that expired without a review, and whose row does not say so yet."""
    return Q(state=RequestState.PENDING, expires_at__lte=now)


def request_has(status: Status, now: datetime) -> Q:
    """Requests of this status: their own until they are approved, then that of their grants."""
    if status is Status.ACTIVATION_PENDING:
        return is_pending(now)
    if status is Status.EXPIRED:
        return Q(state=RequestState.EXPIRED) | is_overdue(now)
    own = Q(state=STATES[status]) if status in STATES else NONE
    if status not in GRANT_PRECEDENCE:
        return own
    return own | Q(state=RequestState.APPROVED) & _grants_have(status, now)


def count_by_status(requests: QuerySet[Any], now: datetime) -> Counter[Status]:
    """Count requests by their status, in one pass over them and their grants; none may be joined to grants yet."""
    ranks = {status: rank for rank, status in enumerate(GRANT_PRECEDENCE)}
    is_over = When(
        grants__state=GrantState.ACTIVE, grants__end_time__lte=now, then=ranks[Status.ENDED]
    )
    whens = [
        When(grants__state=state, then=ranks[grant_status(state, is_over=False)])
        for state in GrantState
    ]
    best = Min(Case(is_over, *whens, output_field=IntegerField()))
    own = {status: request_has(status, now) for status in Status if status not in ranks}
    own[Status.WITHDRAWN] = Q(state=RequestState.WITHDRAWN)
    granted = {status: Q(state=RequestState.APPROVED, best=rank) for status, rank in ranks.items()}
    granted[Status.PROVISIONING] |= Q(state=RequestState.APPROVED, best=None)
    counts = {f"own_{status}": Count("pk", filter=which) for status, which in own.items()}
    counts |= {f"granted_{status}": Count("pk", filter=which) for status, which in granted.items()}
    found = requests.order_by().annotate(best=best).aggregate(**counts)
    total: Counter[Status] = Counter()
    for name, count in found.items():
        total[Status(name.partition("_")[2])] += count
    return total


def _grants_have(status: Status, now: datetime) -> Q:
    """The first of `GRANT_PRECEDENCE` that applies to a grant; PROVISIONING without grants."""
    stronger = Q()
    for other in GRANT_PRECEDENCE[: GRANT_PRECEDENCE.index(status)]:
        stronger |= grant_has(other, now)
    is_first = ~_having(stronger) if stronger else Q()
    if status is Status.PROVISIONING:
        return (_among(grant_has(status, now)) & is_first) | ~_having(Q())
    if status is Status.ENDED:  # most requests: checked one by one, in the order of the list
        return _having(grant_has(status, now)) & is_first
    return _among(grant_has(status, now)) & is_first


def _among(condition: Q) -> Q:
    """Requests of the few grants that meet the condition: looked up from the grants."""
    return Q(pk__in=_grants().filter(condition).values("request_id"))


def _having(condition: Q) -> Q:
    """Requests with a grant that meets the condition: checked request by request."""
    return Q(Exists(_grants().filter(condition, request=OuterRef("pk"))))


def _grants() -> QuerySet[Any]:
    grant: Any = apps.get_model("activations", "Grant")
    found: QuerySet[Any] = grant.objects.all()
    return found
