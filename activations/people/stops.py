"""Finds stops by person or address, and checks whether people may act."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Q, QuerySet

from activations.domain.refusals import Moved, Stopped
from activations.models import Grant, Request, Stop, User
from activations.models.grant import GrantQuerySet
from activations.models.request import RequestQuerySet
from activations.people.addresses import owners_of
from eligibility.compiled import Compiled, some_person


def person_of(email: str) -> User | None:
    """Return the owner of this address, or the person who had it last."""
    if owner := owners_of([email]).get(email):
        return owner
    return User.objects.filter(addresses__email=email).order_by("-addresses__until").first()


def active_stop(user: User) -> Stop | None:
    """Return the stop of this person, including one of their address that has no person yet."""
    return _STOPS.first(person=user.pk, email=user.email)


def stops_in_force(*, user: Any, email: Any) -> QuerySet[Stop]:
    """Return stops of a person or of their address, which may be values or references of a query."""
    return Stop.objects.filter(Q(user=user) | Q(user=None, email=email), lifted_at=None)


def _stops() -> QuerySet[Stop]:
    person = some_person()
    return stops_in_force(user=person, email=person.email).order_by("pk")[:1]


_STOPS = Compiled(_stops)


def recognise(stop: Stop, user: User) -> None:
    """Bind the stop of an address to the first person who signs in with it."""
    if stop.user_id is None:
        Stop.objects.filter(pk=stop.pk, user=None).update(user=user)


def stops_of(email: str) -> QuerySet[Stop]:
    """Return the active stops of this address, or of the person who has it."""
    person = person_of(email)
    of_person = Q(user=person) if person else Q(user=None)
    return Stop.objects.filter(
        Q(user=None, email=email) | of_person & ~Q(user=None), lifted_at=None
    )


def stopped_among(emails: Collection[str]) -> set[str]:
    """Return the addresses whose person is stopped."""
    owners = owners_of(emails)
    people = {person.pk for person in owners.values()}
    found = Stop.objects.filter(Q(user=None, email__in=emails) | Q(user__in=people), lifted_at=None)
    rows = list(found)
    stopped = {stop.user_id for stop in rows}
    unseen = {stop.email for stop in rows if stop.user_id is None}
    return unseen | {email for email, person in owners.items() if person.pk in stopped}


def check_may_act(user: User) -> None:
    """Check that this person is not stopped.

    Call it inside `recording()`, whose lock orders this check and a concurrent stop.

    :raises Stopped: when this person is stopped.
    """
    if stop := active_stop(user):
        raise Stopped(stop.refusal)


def check_may_receive(request: Request) -> None:
    """Check that the beneficiary is not stopped. Call it inside `recording()`.

    :raises Moved: when the person who would get access is stopped.
    """
    if is_stopped(request):
        raise Moved(
            f"An administrator stopped the access of {request.beneficiary_email}."
            " Their requests cannot be approved"
        )


def is_stopped(request: Request) -> bool:
    """Return whether the beneficiary is stopped."""
    if request.beneficiary is None:
        in_force = Stop.objects.filter(lifted_at=None, user=None)
        return in_force.filter(email=request.beneficiary_email).exists()
    return active_stop(request.beneficiary) is not None


def requests_of(stop: Stop) -> RequestQuerySet:
    """Return the requests of the stopped person."""
    return Request.objects.filter(_belongs_to(stop))


def grants_of(stop: Stop) -> GrantQuerySet:
    """Return the grants of the stopped person, including adopted ones of their address."""
    return Grant.objects.filter(_belongs_to(stop, "request__"))


def _belongs_to(stop: Stop, prefix: str = "") -> Q:
    by_address = {f"{prefix}beneficiary_email": stop.email}
    if stop.user_id is None:
        return Q(**by_address)
    nobody_known = Q(**{f"{prefix}beneficiary": None}, **by_address)
    return Q(**{f"{prefix}beneficiary": stop.user_id}) | nobody_known
