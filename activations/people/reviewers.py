"""Determines who can be asked to review, for the list of reviewers and for decisions."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from activations.models import User
from activations.people.addresses import known_addresses
from eligibility.people import People
from googlecloud.names import account_id, is_service_account


def others_among(addresses: Iterable[str], person: User, members: People) -> set[str]:
    """Return the addresses that can sign in as a person other than `person`, with one query.

    `person` may be unsaved if they have never signed in.
    """
    known = {person.email, *(known_addresses(person) if person.pk else ())}
    return {email for email in addresses if _is_other(email, person, known, members)}


def _is_other(address: str, person: User, known: Collection[str], members: People) -> bool:
    """Return whether this address can sign in as a person other than `person`.

    False for service accounts, for members that are not active users, and for addresses, former
    addresses and aliases of `person`. The Directory API's member id is IAP's subject.
    """
    return not (
        is_service_account(address)
        or address in members.refused
        or address in known
        or members.ids.get(address) == account_id(person.subject)
    )
