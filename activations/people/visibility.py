"""Who may see which requests, as sentences to the database."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from activations.models import Request, Reviewer, User
from activations.models.request import RequestQuerySet
from activations.people.addresses import concerns

# Whoever was asked keeps seeing their own queue for this long.
QUEUE_KEPT = timedelta(days=30)


def is_asked(user: User) -> Q:
    """Reviewers that are this person: by account, or by address while the account is unknown."""
    return Q(user=user) | Q(user=None, email=user.email)


def was_asked(user: User) -> Exists:
    """Requests that this very person was asked to review."""
    return Exists(Reviewer.objects.filter(is_asked(user), request=OuterRef("pk")))


def asked_as(request: Request, user: User) -> Reviewer | None:
    """How this person was asked to review; None when they were not."""
    return Reviewer.objects.filter(is_asked(user), request=request).first()


def reviewable_by(user: User) -> RequestQuerySet:
    """Requests that a person was asked to review; all that need approval for designated reviewers."""
    needing = Request.objects.needing_approval().exclude(concerns(user))
    return needing if user.permissions.is_manager else needing.filter(was_asked(user))


def waiting_for(user: User, *, now: datetime) -> RequestQuerySet:
    """What waits for this person in particular, oldest first."""
    waiting = Request.objects.pending(now)
    return waiting.exclude(concerns(user)).filter(was_asked(user)).order_by("requested_at", "id")


def has_queue(user: User, *, now: datetime) -> bool:
    """Whether this person was asked to review lately."""
    asked = Reviewer.objects.filter(is_asked(user))
    return asked.filter(asked_at__gte=now - QUEUE_KEPT).exists()
