"""Adds activations without a record to the history, such as those of the original application."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError

from activations.domain.bindings import FoundActivation, read_description
from activations.domain.states import GrantState, RequestState
from activations.evidence.recording import Step, grant_row, record, recording, request_row
from activations.models import Grant, Request
from activations.people.actor import fingerprint
from activations.people.addresses import only_owner_of
from activations.people.adopted import CHANNEL
from eligibility.entitlements import ActivationType, ProjectRole

# The column's maximum. A binding by somebody else may end in the year 9999.
MOST_MINUTES = 2**31 - 1


def adopt(project_id: str, found: FoundActivation, *, now: datetime) -> bool:
    """Record a live binding. Return False when another process has recorded it."""
    request = _request(project_id, found, now=now)
    grant = _grant(request, project_id, found, now=now)
    try:
        with recording():
            request.save(force_insert=True)
            grant.save(force_insert=True)
            record(
                Step(
                    kind="grant.adopted",
                    at=now,
                    grant=grant,
                    became=GrantState.ACTIVE,
                    comment=request.justification,
                    details={"expression": found.expression, "description": found.description},
                    rows=request_row(request) | grant_row(grant),
                )
            )
    except IntegrityError:
        return False
    return True


def _request(project_id: str, found: FoundActivation, *, now: datetime) -> Request:
    owner = only_owner_of(found.email)
    said = read_description(found.description)
    role = _approved_role(project_id, found) if said.is_approval else {}
    minutes = round((found.ours.end - found.ours.start).total_seconds() / 60)
    return Request(
        state=RequestState.APPROVED,
        activation_type=ActivationType.MPA if said.is_approval else ActivationType.JIT,
        beneficiary=owner,
        beneficiary_email=found.email,
        project_id=project_id,
        minutes=min(max(1, minutes), MOST_MINUTES),
        justification=said.justification[:1000] or "not known",
        requested_at=found.ours.start,
        decided_at=now,
        base_url=settings.BASE_URL,
        channel=CHANNEL,
        # This unique key prevents two runs of the reconciler from adopting the same binding.
        adopted_key=fingerprint(
            {"project": project_id, "email": found.email, "role": found.role}
            | {"expression": found.expression}
        ),
        fingerprint=fingerprint({"expression": found.expression}),
        **role,
    )


def _approved_role(project_id: str, found: FoundActivation) -> dict[str, str]:
    """Return the fields that only requests with approval have."""
    role = ProjectRole(project_id, found.role, found.ours.resource_condition)
    return {
        "role": role.role,
        "resource_condition": role.resource_condition,
        "role_key": role.key,
    }


def _grant(request: Request, project_id: str, found: FoundActivation, *, now: datetime) -> Grant:
    condition = found.ours.binding["condition"]
    return Grant(
        request=request,
        state=GrantState.ACTIVE,
        project_id=project_id,
        role=found.role,
        resource_condition=found.ours.resource_condition,
        beneficiary_email=found.email,
        start_time=found.ours.start,
        end_time=found.ours.end,
        binding_end=found.ours.end,
        binding_title=str(condition["title"])[:100],
        binding_description=found.description[:256],
        binding_expression=found.expression,
        written_at=now,
    )
