"""The wanted state of IAM: for one access, the union of the grants that should be active."""

from __future__ import annotations

from collections.abc import Iterable
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
    grants: Iterable[Grant], *, without: Grant, policy: Policy, now: datetime
) -> Wanted | None:
    """What should stand when one grant is over, or None when nothing should.

    A grant that is `provisioning` counts when the policy shows that it was written: its process
    died before it could say so, or is about to.
    """
    others = [grant for grant in grants if grant.pk != without.pk and grant.end_time > now]
    standing = [grant for grant in others if _should_stand(grant, policy, now)]
    if not standing:
        return None
    longest = max(standing, key=lambda grant: grant.end_time)
    return Wanted(
        email=without.beneficiary_email,
        role=without.role,
        resource_condition=without.resource_condition,
        start=min(grant.start_time for grant in standing),
        end=longest.end_time,
        description=longest.binding_description or without.binding_description,
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
