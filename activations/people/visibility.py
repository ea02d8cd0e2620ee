"""Database queries for the requests that a person may see."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from activations.models import Request, Review, Reviewer, User
from activations.models.request import RequestQuerySet
from activations.people.addresses import concerns
from activations.people.deputies import absences_with_deputy

# Reviewers see the Reviews page for this long after they were last asked.
QUEUE_KEPT = timedelta(days=30)


def is_asked(user: User) -> Q:
    """Match reviewers that are this person, by account, or by address if the account is unknown.

    Also those whose deputy this person is now.
    """
    absences = absences_with_deputy(user)
    represented = Q(user__in=absences.values("user")) | Q(
        user=None, email__in=absences.values("user__email")
    )
    return Q(user=user) | Q(user=None, email=user.email) | represented


def was_asked(user: User) -> Exists:
    """Match requests that this person was asked to review."""
    return Exists(Reviewer.objects.filter(is_asked(user), request=OuterRef("pk")))


def asked_as(request: Request, user: User) -> Reviewer | None:
    """Return this person's own reviewer row of the request; None when they were not asked."""
    own = Q(user=user) | Q(user=None, email=user.email)
    return Reviewer.objects.filter(own, request=request).first()


def reviewable_by(user: User) -> RequestQuerySet:
    """Return requests that a person was asked to review; for designated reviewers, all with approval."""
    needing = Request.objects.needing_approval().exclude(concerns(user))
    return needing if user.permissions.is_manager else needing.filter(was_asked(user))


def waiting_for(user: User, *, now: datetime) -> RequestQuerySet:
    """Return pending requests that this person can decide now, oldest first.

    They were asked in the open stage, or the rule has no stages, and they have not reviewed it.
    """
    asked = Reviewer.objects.filter(is_asked(user), request=OuterRef("pk"))
    in_open_stage = Q(stage=0) | Q(Exists(asked.filter(stage=OuterRef("stage"))))
    reviewed = Review.objects.filter(request=OuterRef("pk"), reviewer=user)
    waiting = Request.objects.pending(now).exclude(concerns(user)).filter(was_asked(user))
    return waiting.filter(in_open_stage, ~Exists(reviewed)).order_by("requested_at", "id")


def was_asked_lately(user: User, *, now: datetime) -> Exists:
    """Return a condition: this person was asked to review within QUEUE_KEPT. Part of another query."""
    return Exists(Reviewer.objects.filter(is_asked(user), asked_at__gte=now - QUEUE_KEPT))
