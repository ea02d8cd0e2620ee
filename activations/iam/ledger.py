"""The ledger of one access: the grants that should give it, and what a policy shows about them.

Records bindings that were changed, removed or renamed since; IAM names members by their current address.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from activations.domain.bindings import (
    ActivationBinding,
    FoundActivation,
    Policy,
    Wanted,
    find_ours,
    running,
)
from activations.domain.states import EndReason, GrantState
from activations.evidence.recording import Step, grant_changes, record, recording
from activations.iam.transitions import IllegalTransition, move
from activations.models import Grant
from activations.people.access_addresses import (
    binding_addresses,
    grants_of_access,
    grants_of_person,
)
from activations.people.addresses import known_people
from eligibility.compiled import CompiledIn, some_person, text

Access = tuple[str, str]


def same_access(grant: Grant) -> QuerySet[Grant]:
    """Return all grants of the same person, role, resource condition and project, including this one."""
    return grants_of_access(grant).select_related("request__beneficiary")


def active_of_access(*grants: Grant) -> list[Grant]:
    """Return all active grants of these accesses of one person, with one query."""
    person = grants[0].request.beneficiary
    if person is None:
        return [one for of in grants for one in same_access(of).filter(state=GrantState.ACTIVE)]
    keys = {grant.role_key for grant in grants}
    return _ACTIVE.rows(keys, person=person.pk, former=grants[0].beneficiary_email)


def _active(keys: Collection[str]) -> QuerySet[Grant]:
    mine = grants_of_person(some_person(), email=text("former"), role_keys=keys)
    return mine.filter(state=GrantState.ACTIVE).select_related("request__beneficiary")


_ACTIVE = CompiledIn(_active)


def addresses_of(grant: Grant) -> tuple[str, ...]:
    """Return the addresses under which IAM may show this grant's binding; new bindings use the first.

    Nothing in a policy matches the empty address, which replaces one that now belongs to another account.
    """
    return binding_addresses([grant])[grant.pk] or ("",)


def wanted_of(grant: Grant, *, description: str, addresses: Sequence[str] | None = None) -> Wanted:
    """Return the access that this grant gives; `addresses` are those of `addresses_of`, if just read."""
    emails = tuple(addresses or addresses_of(grant))
    return Wanted(
        email=emails[0],
        former=emails[1:],
        role=grant.role,
        resource_condition=grant.resource_condition,
        start=grant.start_time,
        end=grant.end_time,
        description=description,
    )


def note_binding(of: Grant, policy: Policy, *, now: datetime) -> None:
    """Record the current binding in all active grants of this access.

    If there is none, somebody removed it by hand: these grants have drifted, except those that a stopped
    process was ending. Call it while holding the project's lease, in the transaction that records the outcome.
    """
    note_bindings([of], {of.pk: addresses_of(of)}, policy, now=now)


def note_bindings(
    grants: Sequence[Grant],
    addresses: Mapping[UUID, Sequence[str]],
    policy: Policy,
    *,
    now: datetime,
) -> None:
    """Do the same for several accesses of one person; `addresses` are those of each grant."""
    active = active_of_access(*grants)
    for of in grants:
        mine = [one for one in active if one.role_key == of.role_key]
        access = wanted_of(of, description="", addresses=addresses[of.pk])
        _note_standing(mine, running(policy, access, now=now), now=now)


def _note_standing(
    active: list[Grant], standing: ActivationBinding | None, *, now: datetime
) -> None:
    # Expired grants that nobody has closed yet do not explain the current binding.
    for grant in active:
        if grant.end_time <= now and grant.binding_end != grant.end_time:
            _note(grant, {"binding_end": grant.end_time}, now=now)
    active = [grant for grant in active if grant.end_time > now]
    if standing:
        facts = _facts(standing)
        for grant in active:
            if any(getattr(grant, name) != value for name, value in facts.items()):
                _note(grant, facts, now=now)
        return
    for grant in [one for one in active if one.ending_asked_at is None]:
        with suppress(IllegalTransition):  # somebody closed it at the same time
            _drift(grant, "removed", now=now)


def note_binding_end(grant: Grant, standing: ActivationBinding, *, now: datetime) -> None:
    """Record the current binding in one active grant."""
    with recording():
        _note(grant, _facts(standing), now=now)


def _note(
    grant: Grant,
    values: dict[str, object],
    *,
    now: datetime,
    kind: str = "grant.binding_changed",
    details: dict[str, object] | None = None,
) -> bool:
    """Record what changed about the binding of an active grant. Return whether anything did."""
    active = Grant.objects.filter(pk=grant.pk, state=GrantState.ACTIVE)
    if not active.filter(~Q(**values)).update(**values):
        return False
    record(
        Step(
            kind=kind,
            at=now,
            grant=grant,
            was=GrantState.ACTIVE,
            became=GrantState.ACTIVE,
            details=details or {},
            rows=grant_changes(**values),
        )
    )
    return True


def _facts(standing: ActivationBinding) -> dict[str, object]:
    return {
        "binding_expression": standing.binding["condition"]["expression"],
        "binding_end": standing.end,
    }


def note_drift(grant: Grant, how: str, *, now: datetime) -> bool:
    """Record in a transaction that somebody changed the binding by hand; False when the grant had ended.

    A change by hand is never undone silently.
    """
    try:
        with recording():
            _drift(grant, how, now=now)
    except IllegalTransition:
        return False
    return True


def note_rename(grant: Grant, address: str, *, now: datetime) -> bool:
    """Record that IAM shows the binding of an active grant under another address of the person."""
    details: dict[str, object] = {
        "from": grant.renamed_to or grant.beneficiary_email,
        "to": address,
    }
    with recording():
        return _note(grant, {"renamed_to": address}, now=now, kind="grant.renamed", details=details)


def _drift(grant: Grant, how: str, *, now: datetime) -> None:
    grant.ended_at, grant.end_reason = now, EndReason.DRIFTED
    details = {"reason": EndReason.DRIFTED.value, "binding": how}
    move(grant, GrantState.ENDED, actor=None, now=now, details=details)


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


def note_renames(
    of: Grant, policy: Policy, *, now: datetime, addresses: Sequence[str] | None = None
) -> bool:
    """Record a new address that this policy shows for the access of a grant; returns whether there is one.

    Call it while holding the project's lease, before the policy is changed.
    """
    found = [one for one in find_ours(policy, only_role=of.role) if one.ours.end > now]
    mine = [one for one in found if one.ours.resource_condition == of.resource_condition]
    if not mine:
        return False  # the usual case before access is granted
    addresses = addresses or addresses_of(of)
    if any(one.email in addresses for one in mine):
        return False  # the usual case before access is ended
    running = [one for one in active_of_access(of) if one.end_time > now]
    if not running:
        return False  # the usual case while other people hold the role
    explained = _explained(of, {one.email for one in mine})
    strangers = [one for one in mine if one.email not in explained]
    known = known_people(one.email for one in strangers)
    renamed = find_renamed(running, strangers, known)
    noted = [note_rename(grant, one.email, now=now) for grant, one in renamed.items()]
    return any(noted)


def _explained(of: Grant, addresses: Collection[str]) -> set[str]:
    """Return the addresses under which another grant explains a binding of this role; with one query."""
    others = Grant.objects.filter(
        Q(beneficiary_email__in=addresses) | Q(renamed_to__in=addresses),
        role_key=of.role_key,
        state__in=[GrantState.ACTIVE, GrantState.PROVISIONING],
    )
    named = others.exclude(pk__in=same_access(of).values("pk"))
    return {
        email for pair in named.values_list("beneficiary_email", "renamed_to") for email in pair
    }
