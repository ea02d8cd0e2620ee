"""Database queries for the requests that a person may see."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import cache

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Value

from activations.models import Address, AfterReview, Request, Review, Reviewer, User
from activations.models.request import RequestQuerySet
from activations.people.addresses import concerns
from activations.people.deputies import absences_with_deputy
from eligibility.compiled import Compiled, instant, key, some_person

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


def was_asked(user: User) -> Q:
    """Match requests that this person was asked to review, and those that they reviewed.

    A deputy is asked only while the absence lasts; what they decided stays theirs.
    """
    asked = Reviewer.objects.filter(is_asked(user), request=OuterRef("pk"))
    reviewed = Review.objects.filter(request=OuterRef("pk"), reviewer=user)
    return Q(Exists(asked) | Exists(reviewed))


def asked_as(request: Request, user: User) -> Reviewer | None:
    """Return this person's own reviewer row of the request; None when they were not asked."""
    return _ASKED_AS.first(person=user.pk, email=user.email, request=request.pk)


def _asked_as(user: User) -> QuerySet[Reviewer]:
    own = Q(user=user) | Q(user=None, email=user.email)
    return Reviewer.objects.filter(own, request=key("request")).order_by("pk")[:1]


_ASKED_AS = Compiled(lambda: _asked_as(some_person()))


def reviewable_by(user: User) -> RequestQuerySet:
    """Return requests that a person was asked to review or reviewed; for designated reviewers, all with approval."""
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


def first_waiting_for(user: User, *, now: datetime, most: int) -> list[Request]:
    """Return the first of these requests; every page of a reviewer asks this."""
    return _waiting(most).rows(person=user.pk, email=user.email, now=now)


def count_waiting_for(user: User, *, now: datetime) -> int:
    """Return the number of these requests."""
    ((found,),) = _NUMBER_WAITING.rows(person=user.pk, email=user.email, now=now)
    return found


@cache
def _waiting(most: int) -> Compiled[Request]:
    return Compiled(lambda: waiting_for(some_person(), now=instant("now"))[:most])


def _number_waiting() -> QuerySet[Request, tuple[int]]:
    found = waiting_for(some_person(), now=instant("now")).order_by()
    return found.values(all=Value(1)).annotate(number=Count("pk")).values_list("number")


_NUMBER_WAITING = Compiled(_number_waiting)


def queue_condition(user: User, *, since: datetime, quoted: str) -> Q:
    """Return a condition on this person: asked to review since then, or break-glass access waits for them.

    `quoted` is their address as in JSON. It is part of one query about the person, because every page asks this.
    """
    asked = Reviewer.objects.filter(is_asked(user))
    recent = asked.filter(asked_at__gte=since)
    return Q(Exists(recent) | Exists(_to_judge(user, quoted)))


def open_after_reviews(user: User) -> QuerySet[AfterReview]:
    """Return after-reviews that nobody judged yet and that this person was asked to judge, first due first.

    Whether they still may judge is decided when they do. A later owner of an address sees nothing.
    """
    return _to_judge(user, json.dumps(user.email))


def _to_judge(user: User, quoted: str) -> QuerySet[AfterReview]:
    earlier = Address.objects.filter(email=user.email, since__lte=OuterRef("opened_at"))
    mine = AfterReview.objects.open().filter(asked__icontains=quoted)
    mine = mine.exclude(Exists(earlier.exclude(person=user)))
    return mine.exclude(concerns(user, "request__")).order_by("due_at", "id")
