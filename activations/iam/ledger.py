"""The intended state of IAM: for one access, the union of the grants that should be active."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import QuerySet

from activations.domain.bindings import Policy, Wanted, live_ours
from activations.domain.states import GrantState
from activations.models import Grant
from activations.people.addresses import binding_addresses, grants_of_access


def same_access(grant: Grant) -> QuerySet[Grant]:
    """Return all grants of the same person, role, resource condition and project, including this one."""
    return grants_of_access(grant).select_related("request__beneficiary")


def remaining(
    grants: Iterable[Grant], *, without: Sequence[Grant], policy: Policy, now: datetime
) -> Wanted | None:
    """Return the access that should remain after some of its grants ended, or None.

    A grant in `provisioning` counts when the policy shows its binding: its process crashed before
    it recorded the write, or is about to record it.
    """
    over, ended = {grant.pk for grant in without}, without[0]
    others = [grant for grant in grants if grant.pk not in over and grant.end_time > now]
    standing = [grant for grant in others if _should_stand(grant, policy, now)]
    if not standing:
        return None
    longest = max(standing, key=lambda grant: grant.end_time)
    emails = addresses_of(ended)
    return Wanted(
        email=emails[0],
        former=emails[1:],
        role=ended.role,
        resource_condition=ended.resource_condition,
        start=min(grant.start_time for grant in standing),
        end=longest.end_time,
        description=longest.binding_description or ended.binding_description,
    )


def _should_stand(grant: Grant, policy: Policy, now: datetime) -> bool:
    if grant.state == GrantState.ACTIVE:
        return True
    if grant.state != GrantState.PROVISIONING:
        return False
    access = wanted_of(grant, description="")
    return any(ours.end == grant.end_time for ours in live_ours(policy, access, now=now))


def addresses_of(grant: Grant) -> tuple[str, ...]:
    """Return the addresses under which IAM may show this grant's binding; new bindings use the first.

    Nothing in a policy matches the empty address, which replaces one that now belongs to another account.
    """
    return binding_addresses([grant])[grant.pk] or ("",)


def wanted_of(grant: Grant, *, description: str) -> Wanted:
    emails = addresses_of(grant)
    return Wanted(
        email=emails[0],
        former=emails[1:],
        role=grant.role,
        resource_condition=grant.resource_condition,
        start=grant.start_time,
        end=grant.end_time,
        description=description,
    )
