"""Who decides for absent reviewers."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from activations.models import Absence, Stop, User


def absence_of(user: User, *, now: datetime) -> Absence | None:
    """Return this person's present or future absence; None when there is none."""
    return Absence.objects.filter(user=user, ended_at=None, ends_at__gt=now).first()


def represented_by(user: User, *, now: datetime) -> list[User]:
    """Return the reviewers whose deputy this person is now, in the order of their addresses.

    A stopped reviewer has no deputy.
    """
    found = Absence.objects.lasting(now).with_deputy(user).select_related("user")
    people = sorted((absence.user for absence in found), key=lambda person: person.email)
    if not people:
        return []
    stopped = Stop.objects.filter(lifted_at=None).filter(
        Q(user__in=people) | Q(user=None, email__in=[person.email for person in people])
    )
    refused = set(stopped.values_list("user_id", "email"))
    return [
        person
        for person in people
        if not any(person.pk == of or person.email == email for of, email in refused)
    ]
