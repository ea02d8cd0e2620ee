"""Who decides for absent reviewers."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from activations.models import Absence, Review, Stop, User
from activations.people.addresses import is_taken, owners_of, reached_at
from eligibility.compiled import Compiled, instant, some_person


def absence_of(user: User, *, now: datetime) -> Absence | None:
    """Return this person's present or future absence; None when there is none."""
    return Absence.objects.filter(user=user, ended_at=None, ends_at__gt=now).first()


def absences_with_deputy(user: User) -> QuerySet[Absence]:
    """Return the absences that last now, by the clock of the database, with this person as deputy.

    For what people see. Decisions use `represented_by`.
    """
    return Absence.objects.lasting(Now()).with_deputy(user)


def represented_by(user: User, *, now: datetime) -> list[User]:
    """Return the reviewers whose deputy this person is, in the order of their addresses.

    A stopped reviewer has no deputy, and neither has one whose address belongs to another account now:
    the rights of the address are not theirs any more.
    """
    found = _REPRESENTED.rows(person=user.pk, email=user.email, now=now)
    present = (absence.user for absence in found if not is_taken(absence.user))
    people = sorted(present, key=lambda person: person.email)
    if not people:
        return []
    stops = Stop.objects.filter(lifted_at=None).filter(
        Q(user__in=people) | Q(user=None, email__in=[person.email for person in people])
    )
    stopped = {value for stop in stops for value in (stop.user_id, stop.email)}
    return [one for one in people if one.pk not in stopped and one.email not in stopped]


_REPRESENTED = Compiled(
    lambda: (
        Absence.objects.lasting(instant("now")).with_deputy(some_person()).select_related("user")
    )
)


def deputies_of(reviewers: Collection[str], *, now: datetime) -> list[str]:
    """Return the addresses of those who decide for these reviewers now."""
    absent = owners_of(reviewers).values()
    found = Absence.objects.lasting(now).filter(user__in=absent).select_related("deputy")
    addresses = (
        reached_at(one.deputy) if one.deputy else one.deputy_email for one in found.order_by("pk")
    )
    return [address for address in addresses if address]


def absent_reviewer(review: Review) -> User | None:
    """Return for whom a deputy gave this review; None when the reviewer decided as themselves.

    The record has the address of that time. The person who named the deputy may have another one now, and
    another person theirs.
    """
    if not review.on_behalf_of:
        return None
    # Decisions have whole seconds, and the deputy may have been named in the same one.
    named = Absence.objects.with_deputy(review.reviewer).filter(
        user__addresses__email=review.on_behalf_of,
        named_at__lt=review.decided_at + timedelta(seconds=1),
    )
    found = named.select_related("user").order_by("-named_at").first()
    return found.user if found else None
