"""Invariants between operations: IAM and records agree, and the evidence is complete."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from activations.domain.bindings import find_ours, read_ours
from activations.domain.chain import GENESIS
from activations.domain.states import EndReason, GrantState
from activations.models import Event, Grant
from tests.activations.domain.drawn import drawn_steps

Policy = dict[str, Any]
Access = tuple[str, str, str, str]


def problems(
    before: Mapping[str, Policy], after: Mapping[str, Policy], *, now: datetime
) -> list[str]:
    """Return all violations in records, policies and evidence; an empty list if there are none.

    `before` are the policies of the projects before the test, `after` the present ones.
    """
    found = [*unresolved(), *different(after, now=now), *illegal_transitions(), *broken_chain()]
    found += [*adopted_own(before), *drifted()]
    for project_id, policy in before.items():
        found += changed_foreign(project_id, policy, after[project_id], now=now)
    return found


def unresolved() -> list[str]:
    """Return grants whose outcome is not known."""
    waiting = Grant.objects.filter(state=GrantState.PROVISIONING)
    return [f"{grant} ({grant.id}) is still provisioning" for grant in waiting]


def adopted_own(before: Mapping[str, Policy]) -> list[str]:
    """Return adopted access whose own grant had ended before its binding."""
    strangers = {one.expression for policy in before.values() for one in find_ours(policy)}
    adopted = Grant.objects.exclude(request__adopted_key="")
    return [
        f"{grant} ({grant.id}) was adopted: our own record lost it"
        for grant in adopted.exclude(binding_expression__in=strangers)
    ]


def drifted() -> list[str]:
    """Return grants recorded as drifted although nobody changed their bindings."""
    lost = Grant.objects.filter(end_reason=EndReason.DRIFTED)
    return [f"{grant} ({grant.id}) drifted" for grant in lost]


def different(policies: Mapping[str, Policy], *, now: datetime) -> list[str]:
    """Return accesses without exactly one active binding that ends with the last active grant."""
    wanted: dict[Access, datetime] = {}
    for grant in Grant.objects.filter(state=GrantState.ACTIVE, end_time__gt=now):
        access = (
            grant.project_id,
            grant.beneficiary_email,
            grant.role,
            grant.resource_condition,
        )
        wanted[access] = max(grant.end_time, wanted.get(access, grant.end_time))
    standing: dict[Access, list[datetime]] = defaultdict(list)
    for project_id, policy in policies.items():
        for one in find_ours(policy):
            if one.ours.end > now:
                access = (project_id, one.email, one.role, one.ours.resource_condition)
                standing[access].append(one.ours.end)
    return [
        f"{access}: IAM has {_times(standing.get(access, []))}, the ledger wants {_times(ends)}"
        for access in sorted(wanted.keys() | standing.keys())
        if standing.get(access, []) != (ends := [wanted[access]] if access in wanted else [])
    ]


def changed_foreign(project_id: str, before: Policy, after: Policy, *, now: datetime) -> list[str]:
    """Return bindings of others that are missing, changed or out of order.

    Other writers may have added bindings in between.
    """
    remaining = iter(foreign(after))
    found = [
        f"{project_id}: changed or moved: {binding}"
        for binding in foreign(before)
        if binding not in remaining  # continues after the binding found last
    ]
    rest = {key: value for key, value in before.items() if key not in {"bindings", "etag"}}
    kept = {key: after.get(key) for key in rest}
    return found if kept == rest else [*found, f"{project_id}: {rest} became {kept}"]


def foreign(policy: Policy) -> list[dict[str, Any]]:
    """Return bindings that do not have exactly the form that JIT Access writes."""
    return [binding for binding in policy["bindings"] if not _is_ours(binding)]


def illegal_transitions() -> list[str]:
    """Return grants whose events violate the table of transitions or end in another state."""
    lives: dict[Any, list[tuple[str, str]]] = defaultdict(list)
    events = Event.objects.exclude(grant=None).order_by("sequence")
    for grant_id, was, became in events.values_list("grant_id", "was", "became"):
        lives[grant_id].append((was, became))
    states = dict(Grant.objects.values_list("id", "state"))
    return [
        f"grant {grant_id} is {state}, its events say {lives.get(grant_id)}"
        for grant_id, state in states.items()
        if not _is_walk(lives.get(grant_id, []), state)
    ]


def broken_chain() -> list[str]:
    """Return events that do not continue the chain."""
    found, hashed = [], GENESIS
    for sequence, event in enumerate(Event.objects.order_by("sequence").iterator(), start=1):
        if (event.sequence, event.previous_hash) != (sequence, hashed):
            found.append(f"event {event.sequence} does not follow event {sequence - 1}")
        if event.computed_hash() != event.hash:
            found.append(f"event {event.sequence} is not what was hashed")
        hashed = event.hash
    return found


def _is_walk(steps: Iterable[tuple[str, str]], state: str) -> bool:
    at = ""
    for was, became in steps:
        if was != at and not (was == "" and at == ""):
            return False
        if was and became != was and (was, became) not in drawn_steps("grant"):
            return False
        at = became
    return at == state


def _is_ours(binding: dict[str, Any]) -> bool:
    members = binding.get("members") or []
    if len(members) != 1:
        return False
    email = str(members[0]).lower().removeprefix("user:")
    return read_ours(binding, emails=[email], role=str(binding["role"])) is not None


def _times(ends: Iterable[datetime]) -> list[str]:
    return [f"{end:%H:%M:%S}" for end in ends]
