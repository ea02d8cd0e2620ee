"""The ledger held against one project's policy: a pure finding, acted on elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from activations.bindings import Found, Policy, find_ours
from activations.models import Grant
from activations.states import GrantState

Access = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is to be done on a project.

    `dead` are bindings of ours that are over; `gone` are ended grants whose binding no longer
    stands; `drifted` are active grants whose binding somebody removed or cut; `strangers` are live
    bindings of our form that belong to nobody's open grant: the original application's, or put
    there by hand.
    """

    dead: tuple[Found, ...]
    gone: tuple[Grant, ...]
    drifted: tuple[tuple[Grant, str], ...]
    strangers: tuple[Found, ...]

    @property
    def is_worth_a_look(self) -> bool:
        return bool(self.dead or self.gone or self.drifted or self.strangers)


def compare(policy: Policy, grants: Sequence[Grant], *, now: datetime) -> Finding:
    """What differs between the records of a project and its policy."""
    found = find_ours(policy)
    live = [one for one in found if one.ours.end > now]
    running = [
        grant for grant in grants if grant.state == GrantState.ACTIVE and grant.end_time > now
    ]
    arriving = [grant for grant in grants if grant.state == GrantState.PROVISIONING]
    claimed = {_access(grant) for grant in (*running, *arriving)}
    return Finding(
        dead=tuple(one for one in found if one.ours.end <= now),
        gone=tuple(grant for grant in grants if grant.state == GrantState.ENDED),
        drifted=tuple((grant, why) for grant in running if (why := _drift(grant, live))),
        strangers=tuple(one for one in live if _access_of(one) not in claimed),
    )


def without_dead(policy: Policy, *, now: datetime) -> Policy:
    """The policy without our dead bindings; applying it to its own result changes nothing."""
    dead = [one.ours.binding for one in find_ours(policy) if one.ours.end <= now]
    bindings = [binding for binding in policy.get("bindings") or [] if binding not in dead]
    return {**policy, "bindings": bindings}


def _drift(grant: Grant, live: Sequence[Found]) -> str:
    """How the binding of an active grant was changed by hand, or ''."""
    same = [one for one in live if _access_of(one) == _access(grant)]
    if not same:
        return "removed"
    if max(one.ours.end for one in same) < grant.end_time:
        return "shortened"
    return ""


def _access(grant: Grant) -> Access:
    return (grant.beneficiary_email, grant.role, grant.resource_condition)


def _access_of(one: Found) -> Access:
    return (one.email, one.role, one.ours.resource_condition)
