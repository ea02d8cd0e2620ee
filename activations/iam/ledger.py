"""The wanted state of IAM: for one access, the union of the grants that should be active."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import QuerySet

from activations.domain.bindings import Policy, Wanted, live_ours
from activations.domain.states import GrantState
from activations.models import Grant
from activations.people.addresses import binding_addresses, grants_of_access


def same_access(grant: Grant) -> QuerySet[Grant]:
    """All grants of the same person, role, resource condition and project, this one included."""
    return grants_of_access(grant).select_related("request__beneficiary")


def remaining(
    grants: Iterable[Grant], *, without: Sequence[Grant], policy: Policy, now: datetime
) -> Wanted | None:
    """What should stand when some grants of an access are over, or None when nothing should.

    A grant that is `provisioning` counts when the policy shows that it was written: its process
    died before it could say so, or is about to.
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
    """Under which addresses IAM may show this grant's binding; new bindings name the first.

    Nothing in a policy matches the empty address, which stands for one that went to another account.
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
