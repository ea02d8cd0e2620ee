"""Who may see which requests, as sentences to the database."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from activations.domain.states import RequestState
from activations.models import Request, Reviewer, User

# Whoever was asked keeps seeing their own queue for this long.
QUEUE_KEPT = timedelta(days=30)


def was_asked(user: User) -> Exists:
    """Requests that this very person was asked to review: by address until their subject is known."""
    return Exists(
        Reviewer.objects.filter(
            Q(user=None) | Q(user=user), request=OuterRef("pk"), email=user.email
        )
    )


def is_own(user: User) -> Q:
    """One's own, under either key: nobody reviews themselves."""
    return Q(beneficiary=user) | Q(beneficiary_email=user.email)


def reviewable_by(user: User) -> QuerySet[Request]:
    """Requests that a person was asked to review; all that need approval for designated reviewers."""
    needing = Request.objects.filter(activation_type="MPA").exclude(is_own(user))
    return needing if user.permissions.is_manager else needing.filter(was_asked(user))


def waiting_for(user: User, *, now: datetime) -> QuerySet[Request]:
    """What waits for this person in particular, oldest first."""
    waiting = Request.objects.filter(state=RequestState.PENDING, expires_at__gt=now)
    return waiting.exclude(is_own(user)).filter(was_asked(user)).order_by("requested_at", "id")


def has_queue(user: User, *, now: datetime) -> bool:
    """Whether this person was asked to review lately."""
    asked = Reviewer.objects.filter(Q(user=None) | Q(user=user), email=user.email)
    return asked.filter(asked_at__gte=now - QUEUE_KEPT).exists()
