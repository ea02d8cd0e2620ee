"""Who decides for absent reviewers."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from activations.models import Absence, Stop, User


def absence_of(user: User, *, now: datetime) -> Absence | None:
    """Return this person's present or future absence; None when there is none."""
    return Absence.objects.filter(user=user, ended_at=None, ends_at__gt=now).first()


def absences_with_deputy(user: User) -> QuerySet[Absence]:
    """Return the absences that last now, by the clock of the database, with this person as deputy.

    For what people see. Decisions use `represented_by`.
    """
    lasting = Absence.objects.filter(starts_at__lte=Now(), ends_at__gt=Now(), ended_at=None)
    return lasting.filter(Q(deputy=user) | Q(deputy=None, deputy_email=user.email))


def represented_by(user: User, *, now: datetime) -> list[User]:
    """Return the reviewers whose deputy this person is, in the order of their addresses.

    A stopped reviewer has no deputy.
    """
    found = Absence.objects.lasting(now).with_deputy(user).select_related("user")
    people = sorted((absence.user for absence in found), key=lambda person: person.email)
    if not people:
        return []
    stops = Stop.objects.filter(lifted_at=None).filter(
        Q(user__in=people) | Q(user=None, email__in=[person.email for person in people])
    )
    stopped = {value for stop in stops for value in (stop.user_id, stop.email)}
    return [one for one in people if one.pk not in stopped and one.email not in stopped]


def deputies_of(reviewers: Collection[str], *, now: datetime) -> list[str]:
    """Return the addresses of those who decide for these reviewers now."""
    found = Absence.objects.lasting(now).filter(user__email__in=reviewers).select_related("deputy")
    return [one.deputy.email if one.deputy else one.deputy_email for one in found.order_by("pk")]
