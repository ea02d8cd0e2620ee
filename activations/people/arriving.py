"""Reads who sends a request, with one query, because every request waits for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from activations.models import Address, User
from activations.people.stops import stops_in_force
from eligibility.compiled import Compiled, text


@dataclass(frozen=True, slots=True)
class Arriving:
    """A known person; `asserted_at` is when IAP last asserted that the address of this request is theirs, if it is."""

    user: User
    asserted_at: datetime | None
    is_stopped: bool


def arriving(*, subject: str, email: str) -> Arriving | None:
    """Return the person with this subject, or None if they were never seen."""
    user: Any = _ARRIVING.first(subject=subject, email=email)
    return Arriving(user, user.asserted_at, user.is_stopped) if user else None


def _arriving() -> QuerySet[User]:
    own = Address.objects.filter(person=OuterRef("pk"), email=text("email"), until=None)
    stops = stops_in_force(user=OuterRef("pk"), email=OuterRef("email"))
    return User.objects.filter(subject=text("subject")).annotate(
        asserted_at=Subquery(own.values("asserted_at")), is_stopped=Exists(stops)
    )


_ARRIVING = Compiled(_arriving)
