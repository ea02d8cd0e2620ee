"""Activate eligible roles for oneself."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from activations import audit, leases, rules
from activations.bindings import self_approved
from activations.caller import Caller, current_trace
from activations.chain import canonical_json
from activations.evidence import Step, record
from activations.limits import current_limits
from activations.models import Grant, Request, User
from activations.provisioning import Decision, Writer, provision
from activations.refusals import OutcomePending
from activations.states import GrantState, RequestState
from eligibility.catalog import NotEligible
from eligibility.entitlements import ActivationType, ProjectRole
from eligibility.membership import Holding
from googlecloud.errors import GoogleCloudError, OutcomeUnknown


@dataclass(frozen=True, slots=True)
class SelfActivation:
    """What somebody asks for themselves; ids and texts as they came."""

    project_id: str
    role_ids: tuple[str, ...]
    minutes: int
    justification: str
    idempotency_key: str = ""

    @property
    def fingerprint(self) -> str:
        """Tells a repetition from another request under the same idempotency key."""
        content = {
            "project": self.project_id,
            "roles": sorted(set(self.role_ids)),
            "minutes": self.minutes,
            "justification": self.justification,
        }
        return hashlib.sha256(canonical_json(content).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Checked:
    """What was asked for, after the rules that need no look-up."""

    roles: tuple[ProjectRole, ...]
    justification: str
    duration: timedelta


def self_activate(
    *, asked: SelfActivation, user: User, caller: Caller, base_url: str, writer: Writer
) -> Request:
    """Grant the roles now, all in one write, and return the request; twice the same is once.

    :raises Refusal: when the wish itself is wrong.
    :raises NotEligible: when the person may not activate one of the roles.
    :raises OutcomePending: when Google has not told whether the binding was written.
    :raises googlecloud.errors.GoogleCloudError: when Google fails; nothing was granted.
    """
    checked = _check(asked)
    if repeated := _earlier(asked, user):
        return repeated
    now = writer.clock().replace(microsecond=0)
    try:
        decision, holdings = _decide(checked, user, writer, project_id=asked.project_id, now=now)
        request, grants = _record_intent(
            asked, checked, holdings, user=user, caller=caller, base_url=base_url, now=now
        )
        if grants:
            _provision(request, grants, decision, caller, writer)
    except (NotEligible, GoogleCloudError, OutcomePending) as error:
        audit.self_activation_failed(
            email=user.email,
            project_id=asked.project_id,
            roles=[role.text for role in checked.roles],
            minutes=asked.minutes,
            error=error,
        )
        raise
    return request


def _check(asked: SelfActivation) -> Checked:
    """The rules in the original's order."""
    limits = current_limits()
    if not asked.project_id.strip():
        raise rules.Refusal("You must provide a projectId")
    rules.check_any_role(asked.role_ids)
    justification = rules.check_justification(asked.justification)
    roles = tuple(sorted({ProjectRole.parse(role_id) for role_id in asked.role_ids}))
    rules.check_same_project(roles, project_id=asked.project_id)
    rules.check_role_count(roles, limits=limits)
    rules.check_positive(asked.minutes)
    rules.check_criteria(justification, limits=limits)
    return Checked(roles, justification, rules.check_duration(asked.minutes, limits=limits))


def _earlier(asked: SelfActivation, user: User) -> Request | None:
    """The request that this very form or call made before.

    :raises Refusal: when the key was used for something else.
    """
    if not asked.idempotency_key:
        return None
    found = Request.objects.filter(beneficiary=user, idempotency_key=asked.idempotency_key).first()
    if found and found.fingerprint != asked.fingerprint:
        raise rules.Refusal("This Idempotency-Key was used for another request; choose a new one")
    return found


def _decide(
    checked: Checked, user: User, writer: Writer, *, project_id: str, now: datetime
) -> tuple[Decision, Sequence[Holding]]:
    generation = leases.generation(project_id)
    facts = writer.catalog.decision_facts(user=user.email, project_id=project_id)
    writer.catalog.check(facts, checked.roles, ActivationType.JIT)
    held = writer.catalog.entitlements(facts, now=now, types=[ActivationType.JIT]).available
    asked_for = [holding for holding in held if holding.project_role in checked.roles]
    return Decision(facts, generation, ActivationType.JIT), asked_for


def _record_intent(
    asked: SelfActivation,
    checked: Checked,
    holdings: Sequence[Holding],
    *,
    user: User,
    caller: Caller,
    base_url: str,
    now: datetime,
) -> tuple[Request, list[Grant]]:
    """The request and its grants in one transaction; no grants when somebody was faster with the key."""
    request = Request(
        state=RequestState.APPROVED,
        activation_type=ActivationType.JIT,
        beneficiary=user,
        beneficiary_email=user.email,
        project_id=asked.project_id,
        minutes=asked.minutes,
        justification=checked.justification,
        requested_at=now,
        decided_at=now,
        base_url=base_url,
        channel=caller.channel,
        address=caller.address,
        device_id=caller.device_id[:255],
        access_levels=", ".join(caller.access_levels)[:1000],
        trace=current_trace.get(),
        idempotency_key=asked.idempotency_key,
        fingerprint=asked.fingerprint,
    )
    grants = [_grant(request, holding, now, checked.duration) for holding in holdings]
    try:
        with transaction.atomic():
            request.save(force_insert=True)
            for grant in grants:
                grant.save(force_insert=True)
            _record_events(request, grants, caller=caller)
    except IntegrityError:
        if repeated := _earlier(asked, user):
            return repeated, []
        raise
    return request, grants


def _grant(request: Request, holding: Holding, now: datetime, duration: timedelta) -> Grant:
    role = holding.project_role
    return Grant(
        request=request,
        state=GrantState.PROVISIONING,
        project_id=role.project_id,
        role=role.role,
        resource_condition=role.resource_condition,
        beneficiary_email=request.beneficiary_email,
        start_time=now,
        end_time=now + duration,
        eligible_by=list(holding.via),
        eligible_at=holding.attached_resource[:255],
    )


def _record_events(request: Request, grants: Sequence[Grant], *, caller: Caller) -> None:
    record(
        Step(
            kind="request.self_approved",
            at=request.requested_at,
            request=request,
            actor=caller,
            became=RequestState.APPROVED,
            comment=request.justification,
            details={
                "minutes": request.minutes,
                "roles": [grant.project_role.id for grant in grants],
                "channel": caller.channel,
                "address": caller.address,
                "device_id": caller.device_id,
                "access_levels": list(caller.access_levels),
                "trace": request.trace,
            },
        )
    )
    for grant in grants:
        record(
            Step(
                kind="grant.provisioning",
                at=request.requested_at,
                grant=grant,
                actor=caller,
                became=GrantState.PROVISIONING,
                details={
                    "resource_condition": grant.resource_condition,
                    "start": int(grant.start_time.timestamp()),
                    "end": int(grant.end_time.timestamp()),
                    "eligible_by": grant.eligible_by,
                    "eligible_at": grant.eligible_at,
                },
            )
        )


def _provision(
    request: Request, grants: list[Grant], decision: Decision, caller: Caller, writer: Writer
) -> None:
    try:
        provision(
            grants=grants,
            decision=decision,
            description=self_approved(request.justification),
            actor=caller,
            writer=writer,
        )
    except OutcomeUnknown as error:
        raise OutcomePending(
            "Google has not confirmed the activation yet. It may or may not be in place.",
            request_id=request.id,
        ) from error
    writer.forget(request.beneficiary_email, request.project_id)
    audit.self_activated(request, grants)
