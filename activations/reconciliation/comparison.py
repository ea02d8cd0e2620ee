"""The ledger held against one project's policy: a pure finding, acted on elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from activations.domain.bindings import FoundActivation, Policy, find_ours
from activations.domain.skew import CLOCK_SKEW
from activations.domain.states import GrantState
from activations.models import Grant

Access = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is to be done on a project.

    `dead` are bindings of ours that are over; `gone` are ended grants whose binding no longer
    stands; `drifted` are active grants whose binding somebody removed, shortened or lengthened;
    `strangers` are live bindings of our form that belong to nobody's open grant: the original
    application's, or put or changed there by hand. `moved` are active grants whose access ends at
    another time than was last read, because somebody changed the binding of a longer one.
    """

    dead: tuple[FoundActivation, ...]
    gone: tuple[Grant, ...]
    drifted: tuple[tuple[Grant, str], ...]
    strangers: tuple[FoundActivation, ...]
    moved: tuple[tuple[Grant, FoundActivation], ...] = ()

    @property
    def is_worth_a_look(self) -> bool:
        return bool(self.dead or self.gone or self.drifted or self.strangers or self.moved)


def compare(policy: Policy, grants: Sequence[Grant], *, now: datetime) -> Finding:
    """What differs between the records of a project and its policy."""
    found = find_ours(policy)
    live = [one for one in found if one.ours.end > now]
    running = [
        grant for grant in grants if grant.state == GrantState.ACTIVE and grant.end_time > now
    ]
    arriving = [grant for grant in grants if grant.state == GrantState.PROVISIONING]
    ends = _latest_ends([*running, *arriving])
    drift = {grant: how for grant in running if (how := _drift(grant, live, ends))}
    claimed = {_access(grant) for grant in (*running, *arriving) if grant not in drift}
    return Finding(
        dead=tuple(_dead(found, grants, now=now)),
        gone=tuple(_gone(found, grants)),
        drifted=tuple(drift.items()),
        strangers=tuple(one for one in live if _access_of(one) not in claimed),
        moved=tuple(_moved([grant for grant in running if grant not in drift], live)),
    )


def gone(policy: Policy, grants: Iterable[Grant]) -> list[Grant]:
    """The ended grants whose binding is not in the policy any more."""
    return _gone(find_ours(policy), grants)


def _gone(found: Iterable[FoundActivation], grants: Iterable[Grant]) -> list[Grant]:
    standing = {(one.email, one.role, one.expression) for one in found}
    return [
        grant
        for grant in grants
        if grant.state == GrantState.ENDED
        and (grant.beneficiary_email, grant.role, grant.binding_expression) not in standing
    ]


def without_dead(policy: Policy, grants: Iterable[Grant], *, now: datetime) -> Policy:
    """The policy without our dead bindings; applying it to its own result changes nothing."""
    dead = [one.ours.binding for one in _dead(find_ours(policy), grants, now=now)]
    bindings = [binding for binding in policy.get("bindings") or [] if binding not in dead]
    return {**policy, "bindings": bindings}


def _dead(
    found: Iterable[FoundActivation], grants: Iterable[Grant], *, now: datetime
) -> list[FoundActivation]:
    """Bindings of ours that are over, even if our clock is ahead.

    Those that show that a grant which is still `provisioning` was written are left to tell it.
    """
    arriving = [grant for grant in grants if grant.state == GrantState.PROVISIONING]
    return [
        one
        for one in found
        if one.ours.end <= now - CLOCK_SKEW and not any(_shows(one, grant) for grant in arriving)
    ]


def _shows(one: FoundActivation, grant: Grant) -> bool:
    return _access_of(one) == _access(grant) and one.ours.end >= grant.end_time


def _drift(grant: Grant, live: Sequence[FoundActivation], ends: Mapping[Access, datetime]) -> str:
    """How the binding of an active grant was changed by hand, or ''."""
    standing = [one.ours.end for one in live if _access_of(one) == _access(grant)]
    if not standing:
        return "removed"
    if max(standing) < grant.end_time:
        return "shortened"
    # All of them: ours may stand beside one that somebody else wrote.
    if min(standing) > ends[_access(grant)]:
        return "lengthened"
    return ""


def _moved(
    standing: Sequence[Grant], live: Sequence[FoundActivation]
) -> Iterator[tuple[Grant, FoundActivation]]:
    for grant in standing:
        ours = [one for one in live if _access_of(one) == _access(grant)]
        last = max(ours, key=lambda one: one.ours.end)
        if grant.access_end != last.ours.end:
            yield grant, last


def _latest_ends(grants: Iterable[Grant]) -> dict[Access, datetime]:
    """When each access ends as far as the records know."""
    ends: dict[Access, datetime] = {}
    for grant in grants:
        access = _access(grant)
        ends[access] = max(grant.access_end, ends.get(access, grant.access_end))
    return ends


def _access(grant: Grant) -> Access:
    return (grant.beneficiary_email, grant.role, grant.resource_condition)


def _access_of(one: FoundActivation) -> Access:
    return (one.email, one.role, one.ours.resource_condition)
