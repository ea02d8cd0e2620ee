"""Creates grants before they are written to IAM: the intent, which is committed first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from activations.domain.caller import Caller
from activations.domain.states import GrantState
from activations.evidence.facts import grant_row
from activations.evidence.recording import Step, record
from activations.models import Grant, Request
from eligibility.judgement import granted_period
from eligibility.membership import Holding
from eligibility.validity import Period


def new_grants(request: Request, holdings: Sequence[Holding], *, start: datetime) -> list[Grant]:
    """Return unsaved grants for the roles held, from `start` for the request's duration.

    Each ends with its eligibility, if that is earlier.

    :raises NotEligible: when a role's condition is false for all of that time.
    """
    return [_grant(request, holding, start) for holding in holdings]


def _grant(request: Request, holding: Holding, start: datetime) -> Grant:
    role = holding.project_role
    period = granted_period(
        request.beneficiary_email,
        role,
        holding.activation_type,
        Period.of(start, request.duration),
    )
    return Grant(
        request=request,
        state=GrantState.PROVISIONING,
        project_id=role.project_id,
        role=role.role,
        resource_condition=role.resource_condition,
        beneficiary_email=request.holder_email,
        start_time=start,
        end_time=period.end,
        eligible_by=list(holding.via),
        eligible_at=holding.attached_resource[:255],
    )


def save_grants(grants: Sequence[Grant], *, actor: Caller) -> None:
    """Insert the grants and their first events; call it in the transaction of the decision."""
    for grant in grants:
        grant.save(force_insert=True)
        record(
            Step(
                kind="grant.provisioning",
                at=grant.start_time,
                grant=grant,
                actor=actor,
                became=GrantState.PROVISIONING,
                details={
                    "resource_condition": grant.resource_condition,
                    "start": int(grant.start_time.timestamp()),
                    "end": int(grant.end_time.timestamp()),
                    "eligible_by": grant.eligible_by,
                    "eligible_at": grant.eligible_at,
                },
                rows=grant_row(grant),
            )
        )
