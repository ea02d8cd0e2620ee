"""All names under which the records know one person: addresses, and the account's stable ID."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from django.utils.crypto import salted_hmac

from activations.domain.pseudonyms import DOMAIN, REMOVED, Pseudonyms, names_in
from activations.models import Absence, Address, AfterReview, Grant, Request, Review, Reviewer, User
from activations.people.addresses import known_people

DIGITS = 10


class SharedAddress(Exception):
    """Another account has had the same address, so that records by address cannot be told apart."""


@dataclass(frozen=True, slots=True)
class Names:
    """A person, or only an address that nobody has signed in with; the first address is the one asked for."""

    person: User | None
    addresses: tuple[str, ...]

    @property
    def subject(self) -> str:
        return self.person.subject if self.person else ""

    @property
    def principals(self) -> set[str]:
        return {f"user:{address}" for address in self.addresses}

    def pseudonyms(self) -> Pseudonyms:
        """Return a pseudonym for each name: the same each time, as long as `SECRET_KEY` is the same."""
        found = {address: _pseudonym_of_address(address) for address in self.addresses}
        if self.subject:
            found[self.subject] = _pseudonym_of_account(self.subject)
        return Pseudonyms(found)


def names_of(email: str) -> Names:
    """Return all names of the person who has or had this address.

    :raises SharedAddress: when one of the addresses belonged to another account as well.
    """
    people = known_people([email]).get(email, set())
    if len(people) > 1:
        raise SharedAddress(_shared(email))
    person = User.objects.filter(pk__in=people).first()
    addresses = names_in([email, *(_recorded(person) if person else [])])
    owners = known_people(addresses)
    for address in addresses:
        if person and owners.get(address, set()) - {person.pk}:
            raise SharedAddress(_shared(address))
    return Names(person, tuple(address for address in addresses if "@" in address))


def _recorded(person: User) -> Iterator[str]:
    """Yield the addresses in the rows of an account, with repetitions."""
    yield person.email
    yield from Address.objects.filter(person=person).values_list("email", flat=True)
    of_requests = Request.objects.filter(beneficiary=person)
    yield from of_requests.order_by().values_list("beneficiary_email", flat=True).distinct()
    of_grants = Grant.objects.filter(request__beneficiary=person).exclude(renamed_to="")
    yield from of_grants.order_by().values_list("renamed_to", flat=True).distinct()
    asked = Reviewer.objects.filter(user=person)
    yield from asked.order_by().values_list("email", flat=True).distinct()
    given = Review.objects.filter(reviewer=person)
    yield from given.order_by().values_list("reviewer_email", flat=True).distinct()
    yield from AfterReview.objects.filter(reviewer=person).values_list("reviewer_email", flat=True)
    yield from Absence.objects.filter(user=person).values_list("email", flat=True)
    yield from Absence.objects.filter(deputy=person).values_list("deputy_email", flat=True)


def _shared(address: str) -> str:
    return (
        f"{address} belonged to more than one account. Records that have only the address cannot be told apart,"
        " so nothing is replaced."
    )


def _pseudonym_of_address(address: str) -> str:
    return f"removed-{_code(address)}@{DOMAIN}"


def _pseudonym_of_account(subject: str) -> str:
    """Return one that no row has: the account may have been replaced before, and have come back since."""
    first = f"{REMOVED}{_code(subject)}"
    taken = set(User.objects.filter(subject__startswith=first).values_list("subject", flat=True))
    return next(
        one
        for number in count(1)
        if (one := first if number == 1 else f"{first}-{number}") not in taken
    )


def _code(name: str) -> str:
    return salted_hmac("activations.pseudonym", name, algorithm="sha256").hexdigest()[:DIGITS]
