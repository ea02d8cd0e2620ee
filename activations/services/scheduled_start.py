"""Starts scheduled access, on facts that are read at that moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from activations.domain.bindings import self_approved
from activations.domain.refusals import Stopped
from activations.domain.rules import Refusal
from activations.domain.stages import NotCovered, demands
from activations.domain.states import GrantState
from activations.evidence.recording import recording
from activations.iam import writes
from activations.iam.dependencies import Dependencies
from activations.iam.provisioning import TRANSIENT, Decision, Provisioning, provision
from activations.iam.transitions import move
from activations.models import Grant, Request
from activations.notifications.announce import announce
from activations.notifications.kinds import Announcement
from activations.people.addresses import is_taken
from activations.people.beneficiary import check_beneficiary, lock_beneficiary
from activations.people.stops import is_stopped
from activations.reporting import start_log
from activations.services.access_rules import (
    Ruling,
    check_no_approval,
    check_unchanged,
    objections_to,
    rule_of,
    rules_in_force,
)
from activations.services.approval import approval_work
from activations.services.approval_rules import RoleRuling, ruling_for_approval
from activations.services.candidates import standing
from activations.services.given_approvals import (
    addresses_of_givers,
    counted,
    escalated_ever,
    lost_approvals,
)
from eligibility.entitlements import ActivationType
from eligibility.facts import Facts
from eligibility.judgement import NotEligible, check_eligible
from eligibility.validity import Period
from googlecloud.calls import gather
from googlecloud.errors import GoogleCloudError, OutcomeUnknown
from policies.rules.requirements import ApprovalTerms, combined


class NotStarted(Refusal):
    """The scheduled access cannot start; the message says why."""


MORE_APPROVALS = "The access policy requires approvals now that this request does not have"
# What does not change until the next minute. Everything else is tried again until the end.
FINAL = (NotStarted, NotEligible, Refusal, Stopped)


@dataclass(frozen=True, slots=True)
class Start:
    """Grants of one request that start together."""

    request: Request
    grants: Sequence[Grant]
    now: datetime


def start_scheduled(request: Request, *, dependencies: Dependencies) -> bool:
    """Start the scheduled grants of a request whose start has come. Return whether access was granted.

    They fail, and those concerned are told, when the person is no longer eligible, was stopped, or does not
    meet the rules, and when the end has come.

    :raises IllegalTransition: when they were withdrawn at the same moment.
    :raises Moved, FactsMissing, UnusablePolicy: when it cannot start now; the grants stay scheduled.
    :raises googlecloud.errors.GoogleCloudError: when Google fails. If that may be different in a minute, the
        grants stay scheduled, or `provisioning` after the write was started; else they fail.
    """
    now = dependencies.clock().replace(microsecond=0)
    due = request.grants.filter(state=GrantState.SCHEDULED, start_time__lte=now)
    start = Start(request, _with_request(request, due.order_by("role_key")), now)
    if not start.grants:
        return False
    try:
        decision, ruling = _decide(start, dependencies)
        _record_start(start, ruling)
    except (*FINAL, GoogleCloudError) as error:
        if isinstance(error, TRANSIENT):
            raise
        _fail(start, error)
        return False
    return _provision(start, decision, dependencies)


def start_again(request: Request, grants: Sequence[Grant], *, dependencies: Dependencies) -> bool:
    """Provision started grants again that IAM does not show, on new facts. Return whether access was granted.

    :raises Moved, FactsMissing, UnusablePolicy, googlecloud.errors.GoogleCloudError: as `start_scheduled`;
        the grants stay `provisioning`.
    """
    now = dependencies.clock().replace(microsecond=0)
    start = Start(request, _with_request(request, grants), now)
    try:
        decision, _ = _decide(start, dependencies)
    except FINAL as error:
        _fail(start, error)
        return False
    return _provision(start, decision, dependencies)


def _with_request(request: Request, grants: Any) -> list[Grant]:
    """Let all grants share the request, so that it is read once."""
    found = list(grants)
    for grant in found:
        grant.request = request
    return found


def _decide(start: Start, dependencies: Dependencies) -> tuple[Decision, Ruling]:
    """Check the person, their eligibility, and the rule that was kept together with the present one."""
    _check_time(start)
    _check_person(start.request)
    generation = writes.generation(start.request.project_id)
    read, found = _judged(start, dependencies)
    _check_rules(start, found.ruling, read)
    facts = read[check_beneficiary(start.request).email]
    return Decision(facts, generation, found.kind, found.holdings), found.ruling


def _judged(start: Start, dependencies: Dependencies) -> tuple[Mapping[str, Facts], RoleRuling]:
    """Read the facts of the person and, with stages, of those who approved; return what they mean for the roles."""
    request, roles = start.request, [grant.project_role for grant in start.grants]
    kept, email, in_force = rule_of(request), check_beneficiary(request).email, rules_in_force()
    is_mpa = request.needs_approval
    folders_of = (
        partial(in_force.folders_for_approval, roles[0], requester=email)
        if is_mpa
        else partial(in_force.folders, roles, ActivationType.JIT, requester=email)
    )
    read, folders = gather(partial(_read, request, email, dependencies), folders_of)
    facts = read[email]
    if is_mpa:
        end = max(grant.end_time for grant in start.grants)
        was_staged = bool(kept.approval and kept.approval.stages)
        found = ruling_for_approval(
            in_force,
            facts,
            roles[0],
            folders=folders,
            wanted=Period(start.now, end),
            was_staged=was_staged,
        )
        return read, found
    # The periods were limited to the eligibility when the grants were scheduled.
    holdings = check_eligible(facts, roles, ActivationType.JIT, wanted=None)
    ruling = in_force.ruling(
        roles, ActivationType.JIT, principals=facts.principals, folders=folders
    )
    return read, RoleRuling(ActivationType.JIT, holdings, ruling)


def _read(request: Request, email: str, dependencies: Dependencies) -> Mapping[str, Facts]:
    catalog, project_id = dependencies.catalog, request.project_id
    if not request.stage:
        return {email: catalog.decision_facts(user=email, project_id=project_id)}
    users = dict.fromkeys([email, *addresses_of_givers(counted(standing(request)))])
    return catalog.decision_facts_of(users=[*users], project_id=project_id, role=request.role)


def _check_time(start: Start) -> None:
    end = max(grant.end_time for grant in start.grants)
    if end <= start.now:
        raise NotStarted(
            f"JIT Access could not start this access before its end at {end.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        )


def _check_person(request: Request) -> None:
    """Check that the person may still get access.

    :raises Stopped: when an administrator stopped them.
    :raises NotStarted: when their address belongs to another account now.
    """
    person = request.beneficiary
    if is_stopped(request):
        raise Stopped("An administrator stopped this person's access; nothing was granted")
    if person is None or is_taken(person):
        address = request.beneficiary_email
        raise NotStarted(f"The address {address} belongs to another account now")


def _check_rules(start: Start, ruling: Ruling, read: Mapping[str, Facts]) -> None:
    """Check that both rules are met, also by those who approved, and that the present one asks for no more approval.

    :raises NotStarted, NeedsApproval, Refusal: when not.
    """
    request, kept = start.request, rule_of(start.request)
    granted = replace(request.details, minutes=request.minutes_at_most)
    if found := objections_to(granted, combined((kept, *ruling.parts.values())), start.now):
        raise NotStarted(f"The request does not meet the access policy any more. {found}")
    if request.needs_approval:
        _check_stages(request, kept.approval, next(iter(ruling.parts.values())).approval, read)
    elif not request.break_glass:
        roles = [grant.project_role for grant in start.grants]
        check_no_approval(request.holder_email, roles, ruling)


def _check_stages(
    request: Request,
    kept: ApprovalTerms | None,
    active: ApprovalTerms | None,
    read: Mapping[str, Facts],
) -> None:
    """Check that the present rule demands no approvals that were not asked for, and that those given count.

    :raises NotStarted: when not.
    :raises FactsMissing, Undetermined: when it is not known whether those who approved still may.
    """
    if kept is None or not kept.stages:
        if active and active.stages:
            raise NotStarted(MORE_APPROVALS)
        return
    try:
        demanded = demands(kept, active, escalated=escalated_ever(request))
    except NotCovered:
        raise NotStarted(MORE_APPROVALS) from None
    given = counted(standing(request))
    if lost := lost_approvals(given, demanded, facts=read, role=request.project_role):
        names = " and ".join(one.reviewer_email for one in lost)
        raise NotStarted(f"{names} may no longer approve this request. Request the role again")


def _record_start(start: Start, ruling: Ruling) -> None:
    """Move the grants to `provisioning`, all or none.

    :raises IllegalTransition: when somebody withdrew one of them.
    """
    with recording():
        check_unchanged(ruling)
        _check_person(start.request)
        lock_beneficiary(start.request)
        for grant in start.grants:
            details: Mapping[str, object] = {"scheduled": True} | ruling.recorded()
            move(grant, GrantState.PROVISIONING, actor=None, now=start.now, details=details)


def _provision(start: Start, decision: Decision, dependencies: Dependencies) -> bool:
    work = _work(start, decision)
    try:
        provision(work, dependencies=dependencies)
    except OutcomeUnknown:
        raise
    except (*FINAL, GoogleCloudError) as error:
        if isinstance(error, TRANSIENT):
            raise
        start_log.start_failed(start.request, start.grants, error=error)
        return False
    start_log.started(start.request, start.grants)
    return True


def _work(start: Start, decision: Decision) -> Provisioning:
    request, grants = start.request, start.grants
    if review := request.last_review:
        return approval_work(review, grants[0], decision, actor=None)
    return Provisioning(
        grants=grants,
        decision=decision,
        description=self_approved(request.justification),
        actor=None,
        on_success=lambda now: announce(
            Announcement.SELF_APPROVED, request=request, now=now, grants=grants
        ),
        on_failure=lambda now: announce(
            Announcement.FAILED, request=request, now=now, grants=grants
        ),
        outlives_trouble=True,
    )


def _fail(start: Start, error: Exception) -> None:
    request = start.request
    with recording():
        for grant in start.grants:
            grant.failure = str(error) or type(error).__name__
            grant.failure_kind = type(error).__name__
            details = {"error": grant.failure_kind, "message": grant.failure}
            move(grant, GrantState.FAILED, actor=None, now=start.now, details=details)
        announce(
            Announcement.FAILED,
            request=request,
            now=start.now,
            grants=start.grants,
            review=request.last_review,
        )
    start_log.start_failed(request, start.grants, error=error)
