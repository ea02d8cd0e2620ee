"""Compares the records of one project with its policy, without changing anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from activations.domain.bindings import FoundActivation, Policy, find_ours
from activations.domain.states import CLOCK_SKEW, GrantState
from activations.iam.ledger import find_renamed
from activations.models import Grant
from activations.people.access_addresses import binding_addresses
from activations.people.addresses import known_people

REMOVED = "removed"
# Whose access it is (see `Holders`), the role and the resource condition.
Access = tuple[str, str, str]


class Holders:
    """Finds the account of an address in the records; without one, the address stands for the account.

    Adopted access of an unknown account belongs to the account of its address.
    """

    def __init__(self, grants: Iterable[Grant]) -> None:
        known = [grant for grant in grants if grant.request.beneficiary_id is not None]
        addresses = binding_addresses(known)
        self._accounts: dict[str, str] = {}
        for grant in sorted(known, key=lambda grant: grant.start_time):
            account = f"#{grant.request.beneficiary_id}"
            self._accounts.update(dict.fromkeys(addresses[grant.pk], account))

    def of(self, grant: Grant) -> str:
        """Return the account, or the address if the account is unknown."""
        person = grant.request.beneficiary_id
        if person is not None:
            return f"#{person}"
        return self._of_address(grant.renamed_to or grant.beneficiary_email)

    def access(self, grant: Grant) -> Access:
        return (self.of(grant), grant.role, grant.resource_condition)

    def access_of(self, found: FoundActivation) -> Access:
        return (self._of_address(found.email), found.role, found.ours.resource_condition)

    def _of_address(self, email: str) -> str:
        return self._accounts.get(email, email)


@dataclass(frozen=True, slots=True)
class Finding:
    """The differences between a project's records and its policy.

    `dead` are expired bindings of JIT Access. `gone` are ended grants whose binding is no longer in the
    policy. `drifted` are active grants whose binding somebody removed, shortened or lengthened.
    `strangers` are live bindings in JIT Access's format without an open grant: those of the original
    application, or created or changed manually. `moved` are active grants whose access ends at another
    time than last read, because somebody changed the binding of a longer one. `renamed` are active
    grants whose binding has an address without a record: IAM shows members by their present address,
    so the account was renamed.
    """

    dead: tuple[FoundActivation, ...]
    gone: tuple[Grant, ...]
    drifted: tuple[tuple[Grant, str], ...]
    strangers: tuple[FoundActivation, ...]
    moved: tuple[tuple[Grant, FoundActivation], ...] = ()
    renamed: tuple[tuple[Grant, FoundActivation], ...] = ()

    @property
    def is_worth_a_look(self) -> bool:
        return bool(
            self.dead or self.gone or self.drifted or self.strangers or self.moved or self.renamed
        )


def compare(policy: Policy, grants: Sequence[Grant], *, holders: Holders, now: datetime) -> Finding:
    """Return the differences between the records of a project and its policy."""
    found = find_ours(policy)
    live = [one for one in found if one.ours.end > now]
    running = [
        grant for grant in grants if grant.state == GrantState.ACTIVE and grant.end_time > now
    ]
    arriving = [grant for grant in grants if grant.state == GrantState.PROVISIONING]
    ends = _latest_ends([*running, *arriving], holders)
    # A process may have ended one in IAM and stopped before it recorded that; the end is tried again.
    kept = [grant for grant in running if grant.ending_asked_at is None]
    drift = {grant: how for grant in kept if (how := _drift(grant, live, ends, holders))}
    claimed = {holders.access(grant) for grant in (*running, *arriving) if grant not in drift}
    strangers = [one for one in live if holders.access_of(one) not in claimed]
    missing = [grant for grant, how in drift.items() if how == REMOVED]
    known = known_people(one.email for one in strangers) if missing else {}
    renamed = find_renamed(missing, strangers, known)
    explained = list(renamed.values())
    standing = [grant for grant in kept if grant not in drift]
    return Finding(
        dead=tuple(_dead(found, grants, holders=holders, now=now)),
        gone=tuple(_gone(found, grants, holders)),
        drifted=tuple((grant, how) for grant, how in drift.items() if grant not in renamed),
        strangers=tuple(one for one in strangers if one not in explained),
        moved=tuple(_moved(standing, live, holders)),
        renamed=tuple(renamed.items()),
    )


def gone(policy: Policy, grants: Iterable[Grant], *, holders: Holders) -> list[Grant]:
    """Return the ended grants whose binding is no longer in the policy."""
    return _gone(find_ours(policy), grants, holders)


def _gone(
    found: Iterable[FoundActivation], grants: Iterable[Grant], holders: Holders
) -> list[Grant]:
    """Look for bindings under any address, because those of renamed accounts have another one."""
    standing = {(holders.access_of(one), one.expression) for one in found}
    unclaimed = {(one.role, one.expression, one.description) for one in found}
    return [
        grant
        for grant in grants
        if grant.state == GrantState.ENDED
        and (holders.access(grant), grant.binding_expression) not in standing
        and (grant.role, grant.binding_expression, grant.binding_description) not in unclaimed
    ]


def without_dead(
    policy: Policy, grants: Iterable[Grant], *, holders: Holders, now: datetime
) -> Policy:
    """Return the policy without expired bindings of JIT Access. Idempotent."""
    found = find_ours(policy)
    dead = [one.ours.binding for one in _dead(found, grants, holders=holders, now=now)]
    bindings = [binding for binding in policy.get("bindings") or [] if binding not in dead]
    return {**policy, "bindings": bindings}


def _dead(
    found: Iterable[FoundActivation], grants: Iterable[Grant], *, holders: Holders, now: datetime
) -> list[FoundActivation]:
    """Return expired bindings of JIT Access, allowing for a clock that is ahead.

    Omits bindings that prove that a grant in state `provisioning` was written.
    """
    arriving = [grant for grant in grants if grant.state == GrantState.PROVISIONING]
    return [
        one
        for one in found
        if one.ours.end <= now - CLOCK_SKEW
        and not any(_shows(one, grant, holders) for grant in arriving)
    ]


def _shows(one: FoundActivation, grant: Grant, holders: Holders) -> bool:
    return holders.access_of(one) == holders.access(grant) and one.ours.end >= grant.end_time


def _drift(
    grant: Grant,
    live: Sequence[FoundActivation],
    ends: Mapping[Access, datetime],
    holders: Holders,
) -> str:
    """Return how somebody changed the binding of an active grant, or ''."""
    standing = [one.ours.end for one in live if holders.access_of(one) == holders.access(grant)]
    if not standing:
        return REMOVED
    if max(standing) < grant.end_time:
        return "shortened"
    # Check all bindings, because somebody may have added one to that of JIT Access.
    if min(standing) > ends[holders.access(grant)]:
        return "lengthened"
    return ""


def _moved(
    standing: Sequence[Grant], live: Sequence[FoundActivation], holders: Holders
) -> Iterator[tuple[Grant, FoundActivation]]:
    for grant in standing:
        ours = [one for one in live if holders.access_of(one) == holders.access(grant)]
        last = max(ours, key=lambda one: one.ours.end)
        if grant.access_end != last.ours.end:
            yield grant, last


def _latest_ends(grants: Iterable[Grant], holders: Holders) -> dict[Access, datetime]:
    """Return the end of each access according to the records."""
    ends: dict[Access, datetime] = {}
    for grant in grants:
        access = holders.access(grant)
        ends[access] = max(grant.access_end, ends.get(access, grant.access_end))
    return ends
