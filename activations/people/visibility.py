"""Database queries for the requests that a person may see."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from activations.models import Address, AfterReview, Request, Review, Reviewer, User
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

    They, or somebody whose deputy they are, were asked in the open stage, or the rule has no stages, and
    neither have reviewed it.
    """
    own = Review.objects.filter(request=OuterRef("pk"), reviewer=user)
    by_reviewer = Q(reviewer=OuterRef("user")) | Q(on_behalf_of=OuterRef("email"))
    answered = Review.objects.filter(by_reviewer, request=OuterRef("request"))
    asked = Reviewer.objects.filter(is_asked(user), ~Exists(answered), request=OuterRef("pk"))
    in_open_stage = Q(Exists(asked), stage=0) | Exists(asked.filter(stage=OuterRef("stage")))
    waiting = Request.objects.pending(now).exclude(concerns(user))
    return waiting.filter(in_open_stage, ~Exists(own)).order_by("requested_at", "id")


def queue_condition(user: User, *, now: datetime) -> Q:
    """Return a condition on this person: asked to review within QUEUE_KEPT, or break-glass access waits for them.

    It is part of one query about the person, because every page asks this.
    """
    asked = Reviewer.objects.filter(is_asked(user))
    recent = asked.filter(asked_at__gte=now - QUEUE_KEPT)
    return Q(Exists(recent) | Exists(open_after_reviews(user)))


def open_after_reviews(user: User) -> QuerySet[AfterReview]:
    """Return after-reviews that nobody judged yet and that this person was asked to judge, first due first.

    Whether they still may judge is decided when they do. A later owner of an address sees nothing.
    """
    earlier = Address.objects.filter(email=user.email, since__lte=OuterRef("opened_at"))
    mine = AfterReview.objects.open().filter(asked__icontains=json.dumps(user.email))
    mine = mine.exclude(Exists(earlier.exclude(person=user)))
    return mine.exclude(concerns(user, "request__")).order_by("due_at", "id")
