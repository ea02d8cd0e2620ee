"""Requests the approval of peers or managers for one role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from django.db import IntegrityError

from activations.domain import rules
from activations.domain.bindings import approved_by
from activations.domain.preflight import check_all_grantable, check_facts
from activations.domain.request_details import RequestDetails
from activations.domain.states import RequestState
from activations.evidence.recording import Step, record, recording, request_row, reviewer_rows
from activations.iam.dependencies import Dependencies, current_limits
from activations.iam.quotas import check_person
from activations.models import Grant, Request, User
from activations.notifications.announce import announce
from activations.notifications.kinds import Announcement
from activations.people.actor import Actor, draft, fingerprint, origin, repeated_request
from activations.people.addresses import lock_address
from activations.people.stops import check_may_act, stopped_among
from activations.reporting import audit_log
from activations.services.access_rules import (
    check_asked,
    check_unchanged,
    rules_in_force,
)
from activations.services.approval_rules import RoleRuling, ruling_for_approval
from activations.services.chosen_reviewers import parts_of_chosen
from activations.services.expiry import expire_if_due
from activations.services.first_stage import first_stage
from activations.services.opening import Opening, add_reviewers
from activations.services.project_ids import canonical_project
from activations.services.scheduling import check_not_scheduled
from eligibility.entitlements import ActivationType, ProjectRole
from eligibility.judgement import NotEligible
from eligibility.validity import Period
from googlecloud.calls import gather
from googlecloud.errors import GoogleCloudError
from policies.rules.facts import FactsMissing
from policies.services.active import UnusablePolicy


@dataclass(frozen=True, slots=True)
class ApprovalInput:
    """The unchecked input of a request for approval.

    Reviewers that `are_inherited` were chosen for an earlier request: only a rule without stages asks them.
    """

    project_id: str
    role_id: str
    reviewers: tuple[str, ...]
    details: RequestDetails
    idempotency_key: str = ""
    extends: Grant | None = None
    are_inherited: bool = False

    @property
    def fingerprint(self) -> str:
        return fingerprint(
            {
                "project": self.project_id,
                "role": self.role_id,
                "reviewers": sorted(set(self.reviewers)),
                "extends": str(self.extends.pk) if self.extends else "",
            }
            | self.details.given()
        )


@dataclass(frozen=True, slots=True)
class Checked:
    """The input after the checks that need no call to Google."""

    role: ProjectRole
    reviewers: tuple[str, ...]
    details: RequestDetails
    are_inherited: bool = False

    @property
    def chosen(self) -> tuple[str, ...]:
        """The reviewers whom the person chose for this request."""
        return () if self.are_inherited else self.reviewers


@dataclass(frozen=True, slots=True)
class Decided:
    """Who is asked, in which part and stage, and what the access policy requires."""

    opening: Opening
    required: RoleRuling

    @property
    def stage(self) -> int:
        """The stage that the request is in; 0 in a rule without stages."""
        return self.opening.stage if self.required.stages else 0


@dataclass(frozen=True, slots=True)
class Ready:
    """What was checked and decided."""

    asked: ApprovalInput
    checked: Checked
    decided: Decided


# Failures that the audit log reports.
AUDITED = (rules.Refusal, NotEligible, GoogleCloudError, FactsMissing, UnusablePolicy)


def request_approval(*, asked: ApprovalInput, actor: Actor, dependencies: Dependencies) -> Request:
    """Record the request and notify the reviewers. Return the pending request if there is one already.

    :raises Refusal: when the input is invalid.
    :raises NotEligible: when the person may not request the role, or a reviewer may not review it.
    :raises FactsMissing, UnusablePolicy: when it is not known what the access policy requires.
    :raises PolicyChanged: when another access policy became active at the same moment.
    :raises googlecloud.errors.GoogleCloudError: when Google fails; nothing is recorded.
    """
    asked = replace(asked, project_id=canonical_project(asked.project_id, user=actor.user))
    checked = _check(asked, actor.user)
    key = asked.idempotency_key
    if found := repeated_request(user=actor.user, key=key, fingerprint=asked.fingerprint):
        return found
    now = dependencies.clock().replace(microsecond=0)
    if pending := _pending(actor.user, checked.role, now):
        return pending
    check_not_scheduled(actor.user, [checked.role], extends=asked.extends)
    check_person(actor.user, now)
    _check_reviewers_may_act(checked.chosen)
    try:
        decided = _decide(checked, actor.user, dependencies, now=now)
    except AUDITED as error:
        audit_log.approval_request_failed(
            email=actor.user.email, role=checked.role, details=checked.details, error=error
        )
        raise
    return _record(Ready(asked, checked, decided), actor=actor, now=now)


def _check(asked: ApprovalInput, user: User) -> Checked:
    """Apply the rules in the original's order.

    Without reviewers, whether some are needed is known when the rule is: with stages, they are not.
    """
    limits = current_limits()
    rules.check_no_break_glass(asked.details)
    if not asked.role_id.strip():
        raise rules.Refusal("Specify a role to activate")
    may_choose_nobody = asked.are_inherited or (not asked.reviewers and rules_in_force().has_stages)
    if not may_choose_nobody:
        rules.check_enough(asked.reviewers, limits=limits)
    details = rules.recordable(asked.details)
    role = ProjectRole.parse(asked.role_id)
    if role.project_id != asked.project_id:
        raise rules.Refusal("The project ID does not match the current project")
    rules.check_details(details, limits=limits)
    reviewers = rules.distinct_reviewers(asked.reviewers)
    if not may_choose_nobody:
        rules.check_reviewers(reviewers, beneficiary=user.email, limits=limits)
    return Checked(role, reviewers, details, asked.are_inherited)


def _check_reviewers_may_act(reviewers: Sequence[str]) -> None:
    """Check that no reviewer is stopped.

    :raises Refusal: when one is.
    """
    if stopped := stopped_among(reviewers):
        names = ", ".join(sorted(stopped))
        raise rules.Refusal(f"{names} cannot review at the moment. Choose another reviewer")


def _pending(user: User, role: ProjectRole, now: datetime) -> Request | None:
    found = Request.objects.of(user).undecided().filter(role_key=role.key).first()
    return found if found and not expire_if_due(request=found, now=now) else None


def _decide(checked: Checked, user: User, dependencies: Dependencies, *, now: datetime) -> Decided:
    """Check beneficiary and reviewers with the same facts, and return who is asked.

    Also checks the role and the live policy, so that reviewers are not asked for what IAM would reject.
    """
    role, details, in_force = checked.role, checked.details, rules_in_force()
    facts, grantable, folders = gather(
        partial(
            dependencies.catalog.decision_facts_of,
            users=[user.email, *checked.reviewers],
            project_id=role.project_id,
            role=role.role,
        ),
        partial(dependencies.ask_grantable, [role]),
        partial(in_force.folders_for_approval, role, requester=user.email),
    )
    mine = facts[user.email]
    starts = details.starts(now)
    wanted = Period.of(starts, details.duration)
    required = ruling_for_approval(in_force, mine, role, folders=folders, wanted=wanted)
    check_asked(details, required.ruling, now=now)
    check_all_grantable(grantable)
    check_facts(
        mine,
        [role],
        description=approved_by([user.email], details.justification),
        now=starts,
        duration=details.duration,
    )
    if required.stages:
        return Decided(first_stage(checked.chosen, role, user, mine, required), required)
    rules.check_enough(checked.reviewers, limits=current_limits())
    if checked.are_inherited:
        rules.check_reviewers(checked.reviewers, beneficiary=user.email, limits=current_limits())
        _check_reviewers_may_act(checked.reviewers)
    parts = parts_of_chosen(checked.reviewers, role, user, facts)
    return Decided(Opening(1, parts, checked.reviewers), required)


def _record(ready: Ready, *, actor: Actor, now: datetime) -> Request:
    asked, checked, decided = ready.asked, ready.checked, ready.decided
    ruling = decided.required.ruling
    request = draft(
        actor,
        now=now,
        state=RequestState.PENDING,
        activation_type=ActivationType.MPA,
        project_id=checked.role.project_id,
        role=checked.role.role,
        resource_condition=checked.role.resource_condition,
        role_key=checked.role.key,
        details=checked.details,
        extends=asked.extends,
        expires_at=now + _validity(decided.required),
        stage=decided.stage,
        stage_opened_at=now if decided.stage else None,
        idempotency_key=asked.idempotency_key,
        fingerprint=asked.fingerprint,
        **ruling.asked_under(checked.details),
    )
    try:
        with recording():
            check_may_act(actor.user)
            check_unchanged(ruling)
            _save(request, decided, actor=actor)
    except IntegrityError:
        # The same form was sent twice at once, or the person sent two forms.
        if pending := _pending(actor.user, checked.role, now):
            return pending
        raise
    audit_log.approval_requested(request, tuple(decided.opening.parts))
    return request


def _validity(required: RoleRuling) -> timedelta:
    """Return how long a request waits for approval."""
    if required.approval and required.approval.stages:
        return timedelta(minutes=required.approval.answer_within)
    return current_limits().request_validity


def _save(request: Request, decided: Decided, *, actor: Actor) -> None:
    lock_address(
        actor.user, refusal=f"The address {actor.user.email} belongs to another account now"
    )
    request.save(force_insert=True)
    parts = decided.opening.parts
    reviewers = add_reviewers(request, decided.opening, now=request.requested_at)
    record(
        Step(
            kind="request.pending",
            at=request.requested_at,
            request=request,
            actor=actor.caller,
            became=RequestState.PENDING,
            comment=request.justification,
            details={
                "minutes": request.minutes,
                "roles": [request.project_role.id],
                "reviewers": {email: part.value for email, part in parts.items()},
                "expires_at": int(request.expires_at.timestamp()) if request.expires_at else None,
            }
            | decided.required.ruling.recorded()
            | origin(request, actor.caller),
            rows=request_row(request) | reviewer_rows(reviewers),
        )
    )
    announce(Announcement.REQUESTED, request=request, now=request.requested_at)
