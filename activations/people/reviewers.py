"""Who can be asked to review: one rule for the picker and the decision."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from activations.models import User
from activations.people.addresses import known_addresses
from eligibility.people import People
from googlecloud.google_accounts import account_id, is_service_account


def others_among(addresses: Iterable[str], person: User, members: People) -> set[str]:
    """Those of these addresses that can sign in as somebody other than `person`; one query.

    `person` may be unsaved: somebody who has never signed in.
    """
    known = {person.email, *(known_addresses(person) if person.pk else ())}
    return {email for email in addresses if _is_other(email, person, known, members)}


def _is_other(address: str, person: User, known: Collection[str], members: People) -> bool:
    """Whether this address can sign in as somebody other than `person`.

    Not a service account, not a member whose type or status says that it is no active user, and not
    one's own address, former address or alias: the Directory's id of a member is IAP's subject.
    """
    return not (
        is_service_account(address)
        or address in members.refused
        or address in known
        or members.ids.get(address) == account_id(person.subject)
    )
