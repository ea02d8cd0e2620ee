"""Checks whether access can still be granted to the person who requested it."""

from __future__ import annotations

from activations.domain.refusals import Moved
from activations.models import Request, User
from activations.people.addresses import is_owner, is_taken, lock_address, renamed_in_iam


def check_beneficiary(request: Request) -> User:
    """Return the person who requested access, with the address of IAP's last assertion.

    :raises Moved: when that address belongs to another account now, or IAM shows a newer address
        that IAP has not asserted yet. The request stays pending.
    """
    person = request.beneficiary
    if person is None or not is_owner(person):
        raise Moved(_lost(request))
    if renamed := renamed_in_iam(person):
        raise Moved(
            f"{person.email} was renamed to {renamed} in IAM and must open JIT Access once"
            " before this request can be approved"
        )
    return person


def lock_beneficiary(request: Request) -> None:
    """Lock the beneficiary's address until the end of the transaction.

    :raises Moved: when it belongs to another account now.
    """
    if request.beneficiary is None:
        raise Moved(_lost(request))
    lock_address(request.beneficiary, refusal=_lost(request))


def _lost(request: Request) -> str:
    person = request.beneficiary
    if person is not None and not is_taken(person):
        return (
            f"The address of {person.email} has changed, and they must open JIT Access once before"
            " this request can be approved"
        )
    return (
        f"The address {request.beneficiary_email} belongs to another account now, so this request"
        " cannot be approved. The person must request the role again"
    )
