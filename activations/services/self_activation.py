"""Activates eligible roles that need no approval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from django.db import IntegrityError

from activations.domain import rules
from activations.domain.bindings import self_approved
from activations.domain.preflight import check_all_grantable, check_facts
from activations.domain.refusals import OutcomePending, Stopped
from activations.domain.request_details import RequestDetails
from activations.domain.states import RequestState
from activations.evidence.recording import Step, record, recording, request_row
from activations.iam import writes
from activations.iam.dependencies import Dependencies, current_limits
from activations.iam.provisioning import Decision, Provisioning, provision
from activations.iam.quotas import check_person
from activations.iam.transitions import new_grants, replace_extended
from activations.models import Grant, Request
from activations.notifications.announce import announce
from activations.notifications.kinds import Announcement
from activations.people.actor import Actor, draft, fingerprint, origin, repeated_request
from activations.people.addresses import lock_address
from activations.people.stops import check_may_act
from activations.reporting import audit_log, start_log
from activations.services.access_rules import (
    PolicyChanged,
    Ruling,
    check_asked,
    check_no_approval,
    check_unchanged,
    rules_in_force,
)
from activations.services.after_review import note_break_glass
from activations.services.break_glass import Watchers, decide_break_glass
from activations.services.project_ids import canonical_project
from activations.services.scheduling import are_scheduled, check_not_scheduled, record_grants
from eligibility.entitlements import ActivationType, ProjectRole
from eligibility.judgement import NotEligible, check_eligible
from eligibility.membership import Holding
from eligibility.validity import Period
from googlecloud.calls import gather
from googlecloud.errors import GoogleCloudError, OutcomeUnknown
from policies.rules.facts import FactsMissing
from policies.services.active import UnusablePolicy


@dataclass(frozen=True, slots=True)
class SelfActivation:
    """The unchecked input of a self-activation."""

    project_id: str
    role_ids: tuple[str, ...]
    details: RequestDetails
    idempotency_key: str = ""
    extends: Grant | None = None

    @property
    def fingerprint(self) -> str:
        return fingerprint(
            {
                "project": self.project_id,
                "roles": sorted(set(self.role_ids)),
                "extends": str(self.extends.pk) if self.extends else "",
            }
            | self.details.given()
        )


@dataclass(frozen=True, slots=True)
class Checked:
    """The input after the checks that need no call to Google."""

    roles: tuple[ProjectRole, ...]
    details: RequestDetails


@dataclass(frozen=True, slots=True)
class Intent:
    """What is granted, how the person holds it, and what the access policy required."""

    asked: SelfActivation
    checked: Checked
    holdings: Sequence[Holding]
    ruling: Ruling
    watchers: Watchers | None = None


# Failures that the audit log reports.
AUDITED = (
    *(rules.Refusal, NotEligible, Stopped, GoogleCloudError, OutcomePending),
    *(FactsMissing, UnusablePolicy, PolicyChanged),
)


def self_activate(*, asked: SelfActivation, actor: Actor, dependencies: Dependencies) -> Request:
    """Grant the roles now, in one write, or schedule them, and return the request.

    Idempotent with an idempotency key.

    :raises Refusal: when the input is invalid, or one of the roles is scheduled already.
    :raises NotEligible: when the person may not activate one of the roles.
    :raises FactsMissing, UnusablePolicy: when it is not known what the access policy requires.
    :raises PolicyChanged: when another access policy became active at the same moment.
    :raises OutcomePending: when Google has not confirmed whether the binding was written.
    :raises googlecloud.errors.GoogleCloudError: when Google fails; nothing is granted.
    """
    asked = replace(asked, project_id=canonical_project(asked.project_id, user=actor.user))
    now = dependencies.clock().replace(microsecond=0)
    checked = _check(asked, now=now)
    if repeated := _earlier(asked, actor):
        return repeated
    check_not_scheduled(actor.user, checked.roles, extends=asked.extends)
    check_person(actor.user, now)
    attempt = _attempt(asked, checked, actor, now=now)
    try:
        decision, ruling, watchers = _decide(
            checked, actor, dependencies, project_id=asked.project_id, now=now
        )
        intent = Intent(asked, checked, decision.holdings, ruling, watchers)
        request, grants = _record_intent(intent, actor=actor, now=now)
        attempt = replace(attempt, activation_id=request.activation_id, request=request)
        if are_scheduled(grants):
            start_log.scheduled(request, grants, by=actor.user.email)
        elif grants:
            _provision(request, grants, decision, actor, dependencies)
    except AUDITED as error:
        audit_log.self_activation_failed(attempt, error=error)
        raise
    return request


def _attempt(
    asked: SelfActivation, checked: Checked, actor: Actor, *, now: datetime
) -> audit_log.Attempt:
    return audit_log.Attempt(
        email=actor.user.email,
        project_id=asked.project_id,
        roles=checked.roles,
        details=checked.details,
        start=checked.details.starts(now),
    )


def _check(asked: SelfActivation, *, now: datetime) -> Checked:
    """Apply the rules in the original's order."""
    limits = current_limits()
    rules.check_any_role(asked.role_ids)
    details = rules.recordable(asked.details)
    roles = tuple(sorted({ProjectRole.parse(role_id) for role_id in asked.role_ids}))
    rules.check_same_project(roles, project_id=asked.project_id)
    rules.check_role_count(roles, limits=limits)
    rules.check_positive(details.minutes)
    rules.check_details(details, limits=limits)
    if details.break_glass and details.as_of(now).start_at:
        raise rules.Refusal("Break-glass access starts at once. Remove the start (startTime)")
    return Checked(roles, details)


def _earlier(asked: SelfActivation, actor: Actor) -> Request | None:
    return repeated_request(
        user=actor.user, key=asked.idempotency_key, fingerprint=asked.fingerprint
    )


def _decide(
    checked: Checked, actor: Actor, dependencies: Dependencies, *, project_id: str, now: datetime
) -> tuple[Decision, Ruling, Watchers | None]:
    """Check eligibility first, so that only people who may activate the roles learn of their rules."""
    if checked.details.break_glass:
        return decide_break_glass(
            checked.roles, checked.details, actor=actor, dependencies=dependencies, now=now
        )
    generation = writes.generation(project_id)
    in_force, kind, roles = rules_in_force(), ActivationType.JIT, checked.roles
    facts, grantable, folders = gather(
        partial(dependencies.catalog.decision_facts, user=actor.user.email, project_id=project_id),
        partial(dependencies.ask_grantable, roles),
        partial(in_force.folders, roles, kind, requester=actor.user.email),
    )
    starts = checked.details.starts(now)
    wanted = Period.of(starts, checked.details.duration)
    holdings = check_eligible(facts, roles, kind, wanted=wanted)
    ruling = in_force.ruling(roles, kind, principals=facts.principals, folders=folders)
    check_no_approval(actor.user.email, roles, ruling)
    check_asked(checked.details, ruling, now=now)
    check_all_grantable(grantable)
    check_facts(
        facts,
        roles,
        description=self_approved(checked.details.justification),
        now=starts,
        duration=checked.details.duration,
    )
    return Decision(facts, generation, kind, holdings), ruling, None


def _record_intent(intent: Intent, *, actor: Actor, now: datetime) -> tuple[Request, list[Grant]]:
    """Record the request and its grants in one transaction.

    Return the earlier request without grants when its key was used in the meantime.
    """
    asked, details, ruling = intent.asked, intent.checked.details, intent.ruling
    request = draft(
        actor,
        now=now,
        state=RequestState.APPROVED,
        activation_type=ActivationType.JIT,
        project_id=asked.project_id,
        details=details,
        decided_at=now,
        extends=asked.extends,
        idempotency_key=asked.idempotency_key,
        fingerprint=asked.fingerprint,
        **ruling.asked_under(details),
        **ruling.granted_under(),
    )
    grants = new_grants(request, intent.holdings, start=now)
    try:
        with recording():
            check_may_act(actor.user)
            check_unchanged(ruling)
            lock_address(
                actor.user, refusal=f"The address {actor.user.email} belongs to another account now"
            )
            request.save(force_insert=True)
            _record_request(request, grants, intent, actor=actor)
            record_grants(request, grants, actor=actor.caller, now=now)
    except IntegrityError:
        if repeated := _earlier(asked, actor):
            return repeated, []
        raise
    return request, grants


def _record_request(
    request: Request, grants: Sequence[Grant], intent: Intent, *, actor: Actor
) -> None:
    watchers = intent.watchers
    record(
        Step(
            kind="request.self_approved",
            at=request.requested_at,
            request=request,
            actor=actor.caller,
            became=RequestState.APPROVED,
            comment=request.justification,
            details={
                "minutes": request.minutes,
                "roles": [grant.project_role.id for grant in grants],
            }
            | intent.ruling.recorded()
            | (watchers.recorded() if watchers else {})
            | origin(request, actor.caller),
            rows=request_row(request),
        )
    )


def _provision(
    request: Request,
    grants: list[Grant],
    decision: Decision,
    actor: Actor,
    dependencies: Dependencies,
) -> None:
    work = Provisioning(
        grants=grants,
        decision=decision,
        description=self_approved(request.justification),
        actor=actor.caller,
        on_success=lambda now: _on_success(request, grants, actor, now=now),
    )
    try:
        provision(work, dependencies=dependencies)
    except OutcomeUnknown as error:
        raise OutcomePending(
            "Google has not confirmed the activation yet. Access may or may not be granted.",
            request_id=request.id,
        ) from error
    audit_log.self_activated(request, grants)


def _on_success(request: Request, grants: list[Grant], actor: Actor, *, now: datetime) -> None:
    replace_extended(request, actor=actor.caller, now=now)
    announce(Announcement.SELF_APPROVED, request=request, now=now, grants=grants)
    if request.break_glass:
        note_break_glass(request, now=now)
