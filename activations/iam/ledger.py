"""The wanted state of IAM: for one access, the union of the grants that should be active."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from activations.domain.bindings import Policy, Wanted, live_ours
from activations.domain.states import GrantState
from activations.models import Grant


def same_access(grant: Grant) -> list[Grant]:
    """All grants of the same person, role, resource condition and project, this one included."""
    return list(
        Grant.objects.filter(
            role_key=grant.role_key, beneficiary_email=grant.beneficiary_email
        ).select_related("request")
    )


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
    return Wanted(
        email=ended.beneficiary_email,
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


def wanted_of(grant: Grant, *, description: str) -> Wanted:
    return Wanted(
        email=grant.beneficiary_email,
        role=grant.role,
        resource_condition=grant.resource_condition,
        start=grant.start_time,
        end=grant.end_time,
        description=description,
    )
