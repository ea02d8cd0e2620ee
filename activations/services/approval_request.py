"""Requests the approval of peers or managers for one role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from django.db import IntegrityError

from activations.domain import rules
from activations.domain.bindings import approved_by
from activations.domain.preflight import check_all_grantable, check_facts
from activations.domain.request_details import RequestDetails
from activations.domain.states import RequestState, ReviewerPart
from activations.evidence.recording import Step, record, recording, request_row, reviewer_rows
from activations.iam.dependencies import Dependencies, current_limits
from activations.iam.quotas import check_person
from activations.models import Grant, Request, Reviewer, User
from activations.notifications.announce import announce
from activations.notifications.kinds import Announcement
from activations.people.actor import Actor, draft, fingerprint, origin, repeated_request
from activations.people.addresses import lock_address, owners_of
from activations.people.designated import is_designated, manager_groups
from activations.people.reviewers import others_among
from activations.people.stops import check_may_act, stopped_among
from activations.reporting import audit_log
from activations.services.access_rules import (
    Ruling,
    check_asked,
    check_unchanged,
    rules_in_force,
)
from activations.services.expiry import expire_if_due
from activations.services.project_ids import canonical_project
from activations.services.scheduling import check_not_scheduled
from eligibility import providers
from eligibility.entitlements import ActivationType, ProjectRole
from eligibility.facts import Facts
from eligibility.holders import groups_of_holders
from eligibility.judgement import NotEligible, Undetermined, check_eligible
from eligibility.validity import Period
from googlecloud.calls import gather
from googlecloud.errors import GoogleCloudError
from policies.rules.facts import FactsMissing
from policies.services.active import UnusablePolicy


@dataclass(frozen=True, slots=True)
class ApprovalInput:
    """The unchecked input of a request for approval."""

    project_id: str
    role_id: str
    reviewers: tuple[str, ...]
    details: RequestDetails
    idempotency_key: str = ""
    extends: Grant | None = None

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


@dataclass(frozen=True, slots=True)
class Ready:
    """What was checked, the parts of the reviewers, and what the access policy requires."""

    asked: ApprovalInput
    checked: Checked
    parts: Mapping[str, ReviewerPart]
    ruling: Ruling


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
    _check_reviewers_may_act(checked.reviewers)
    try:
        parts, ruling = _decide(checked, actor.user, dependencies, now=now)
    except AUDITED as error:
        audit_log.approval_request_failed(
            email=actor.user.email, role=checked.role, details=checked.details, error=error
        )
        raise
    return _record(Ready(asked, checked, parts, ruling), actor=actor, now=now)


def _check(asked: ApprovalInput, user: User) -> Checked:
    """Apply the rules in the original's order."""
    limits = current_limits()
    if not asked.role_id.strip():
        raise rules.Refusal("Specify a role to activate")
    rules.check_enough(asked.reviewers, limits=limits)
    details = rules.recordable(asked.details)
    role = ProjectRole.parse(asked.role_id)
    if role.project_id != asked.project_id:
        raise rules.Refusal("The project ID does not match the current project")
    rules.check_details(details, limits=limits)
    reviewers = rules.distinct_reviewers(asked.reviewers)
    rules.check_reviewers(reviewers, beneficiary=user.email, limits=limits)
    return Checked(role, reviewers, details)


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


def _decide(
    checked: Checked, user: User, dependencies: Dependencies, *, now: datetime
) -> tuple[Mapping[str, ReviewerPart], Ruling]:
    """Check beneficiary and reviewers with the same facts, and return the reviewers' parts.

    Also checks the role and the live policy, so that reviewers are not asked for what IAM would reject.
    """
    people, roles = [user.email, *checked.reviewers], [checked.role]
    in_force, kind = rules_in_force(), ActivationType.MPA
    facts, grantable, folders = gather(
        partial(
            dependencies.catalog.decision_facts_of,
            users=people,
            project_id=checked.role.project_id,
            role=checked.role.role,
        ),
        partial(dependencies.ask_grantable, roles),
        partial(in_force.folders, roles, kind, requester=user.email),
    )
    mine = facts[user.email]
    starts = checked.details.starts(now)
    check_eligible(mine, roles, kind, wanted=Period.of(starts, checked.details.duration))
    ruling = in_force.ruling(roles, kind, principals=mine.principals, folders=folders)
    check_asked(checked.details, ruling, now=now)
    check_all_grantable(grantable)
    check_facts(
        mine,
        roles,
        description=approved_by(user.email, checked.details.justification),
        now=starts,
        duration=checked.details.duration,
    )
    parts = {reviewer: _part(facts[reviewer], checked.role) for reviewer in checked.reviewers}
    _check_people(parts, checked.role, user, mine)
    return parts, ruling


def _check_people(
    parts: Mapping[str, ReviewerPart], role: ProjectRole, user: User, facts: Facts
) -> None:
    """Check that each reviewer is another active person, as the list of reviewers does.

    :raises Refusal: when one is not.
    """
    groups = groups_of_holders(
        project_role=role, activation_type=ActivationType.MPA, policies=facts.policies
    )
    managers = manager_groups() if ReviewerPart.MANAGER in parts.values() else []
    members = providers.group_members().people([*groups, *managers])
    others = others_among(parts, user, members)
    for reviewer in parts:
        if reviewer not in others:
            raise rules.Refusal(
                f"{reviewer} cannot review your request: it is a service account, an inactive"
                " account or one of your addresses. Choose another reviewer"
            )


def _part(facts: Facts, role: ProjectRole) -> ReviewerPart:
    """Return whether the reviewer is a peer or, if not, a manager.

    :raises NotEligible: when the reviewer is neither.
    :raises Undetermined: instead, when the facts are incomplete.
    """
    try:
        check_eligible(facts, [role], ActivationType.MPA, wanted=None)
    except (NotEligible, Undetermined):
        if is_designated(facts):
            return ReviewerPart.MANAGER
        raise
    return ReviewerPart.PEER


def _record(ready: Ready, *, actor: Actor, now: datetime) -> Request:
    asked, checked = ready.asked, ready.checked
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
        expires_at=now + current_limits().request_validity,
        idempotency_key=asked.idempotency_key,
        fingerprint=asked.fingerprint,
        **ready.ruling.asked_under(checked.details),
    )
    try:
        with recording():
            check_may_act(actor.user)
            check_unchanged(ready.ruling)
            _save(request, ready, actor=actor)
    except IntegrityError:
        # The same form was sent twice at once, or the person sent two forms.
        if pending := _pending(actor.user, checked.role, now):
            return pending
        raise
    audit_log.approval_requested(request, tuple(ready.parts))
    return request


def _save(request: Request, ready: Ready, *, actor: Actor) -> None:
    lock_address(
        actor.user, refusal=f"The address {actor.user.email} belongs to another account now"
    )
    request.save(force_insert=True)
    parts = ready.parts
    known = owners_of(parts)
    reviewers = Reviewer.objects.bulk_create(
        Reviewer(
            request=request,
            email=email,
            user=known.get(email),
            part=part,
            asked_at=request.requested_at,
        )
        for email, part in parts.items()
    )
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
            | ready.ruling.recorded()
            | origin(request, actor.caller),
            rows=request_row(request) | reviewer_rows(reviewers),
        )
    )
    announce(Announcement.REQUESTED, request=request, now=request.requested_at)
