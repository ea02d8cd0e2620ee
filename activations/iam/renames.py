"""Finds bindings that IAM shows under a new address, because it names members by their current one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import Q

from activations.domain.bindings import FoundActivation, Policy, find_ours
from activations.domain.states import GrantState
from activations.iam import ledger
from activations.iam.binding_ends import note_rename
from activations.models import Grant
from activations.people.addresses import known_people

Access = tuple[str, str]


def holder(grant: Grant) -> str:
    """Return the account's subject, if the account is known."""
    person = grant.request.beneficiary_id
    return grant.beneficiary_email if person is None else f"#{person}"


def find_renamed(
    missing: Iterable[Grant],
    strangers: Sequence[FoundActivation],
    known: Mapping[str, Collection[int]],
) -> dict[Grant, FoundActivation]:
    """Return grants whose binding is missing, but exists unchanged under one other address.

    `known` are the people who have or had these addresses: a binding under somebody
    else's address was moved there by hand. All grants of one access have one binding, the longest grant's.
    """
    by_access: dict[Access, list[Grant]] = defaultdict(list)
    for grant in missing:
        by_access[holder(grant), grant.role_key].append(grant)
    found = {
        access: [
            one
            for one in strangers
            if any(_is_same_binding(grant, one) for grant in grants)
            and set(known.get(one.email, ())) <= {grants[0].request.beneficiary_id}
        ]
        for access, grants in by_access.items()
    }
    return {
        grant: ones[0]
        for access, ones in found.items()
        if len(ones) == 1 and _claimants(ones[0], found) == {access[0]}
        for grant in by_access[access]
    }


def _claimants(one: FoundActivation, found: Mapping[Access, Sequence[FoundActivation]]) -> set[str]:
    """Return the people whose missing bindings may be under this address."""
    return {
        owner
        for (owner, _), theirs in found.items()
        if any(other.email == one.email for other in theirs)
    }


def _is_same_binding(grant: Grant, one: FoundActivation) -> bool:
    return (
        one.role == grant.role
        and one.expression == grant.binding_expression
        and one.description == grant.binding_description
    )


def note_renames(of: Grant, policy: Policy, *, now: datetime) -> bool:
    """Record a new address that this policy shows for the access of a grant; returns whether there is one.

    Call it while holding the project's lease, before the policy is changed.
    """
    found = [one for one in find_ours(policy) if one.role == of.role and one.ours.end > now]
    mine = [one for one in found if one.ours.resource_condition == of.resource_condition]
    if not mine:
        return False  # the usual case before access is granted
    addresses = ledger.addresses_of(of)
    if any(one.email in addresses for one in mine):
        return False  # the usual case before access is ended
    running = ledger.same_access(of).filter(state=GrantState.ACTIVE, end_time__gt=now)
    strangers = [one for one in mine if not _is_explained(of, one)]
    known = known_people(one.email for one in strangers)
    renamed = find_renamed(running, strangers, known)
    noted = [note_rename(grant, one.email, now=now) for grant, one in renamed.items()]
    return any(noted)


def _is_explained(of: Grant, one: FoundActivation) -> bool:
    """Whether another grant explains a binding under this address."""
    others = Grant.objects.filter(
        Q(beneficiary_email=one.email) | Q(renamed_to=one.email),
        role_key=of.role_key,
        state__in=[GrantState.ACTIVE, GrantState.PROVISIONING],
    )
    return others.exclude(pk__in=ledger.same_access(of).values("pk")).exists()
