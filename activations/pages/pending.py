"""One's own requests that wait for an answer."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from activations.models import Request, User
from eligibility.entitlements import ProjectRole


def own_pending(user: User, now: datetime) -> QuerySet[Request]:
    """Oldest first, with the reviewers who were asked."""
    waiting = Request.objects.of(user).pending(now)
    return waiting.prefetch_related("reviewers").order_by("requested_at", "id")


def pending_for(user: User, role: ProjectRole, now: datetime) -> Request | None:
    """The request for this very role, if one waits."""
    return own_pending(user, now).filter(role_key=role.key).first()
