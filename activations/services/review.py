"""Approves and declines requests. Only one decision per request is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from activations.domain import rules
from activations.domain.bindings import approved_by
from activations.domain.caller import Caller
from activations.domain.refusals import NotAllowed, OutcomePending
from activations.domain.states import Decision as Verdict
from activations.domain.states import RequestState, ReviewerPart
from activations.evidence.recording import recording, review_row, reviewer_changes
from activations.iam import writes
from activations.iam.dependencies import Dependencies, current_limits
from activations.iam.provisioning import TRANSIENT, Decision, Provisioning, provision
from activations.iam.transitions import (
    IllegalTransition,
    move_request,
    new_grants,
    replace_extended,
)
from activations.models import Grant, Request, Review, Reviewer
from activations.notifications.announce import announce
from activations.notifications.kinds import Announcement
from activations.people.actor import Actor, origin
from activations.people.addresses import is_concerned, lock_address
from activations.people.beneficiary import check_beneficiary, lock_beneficiary
from activations.people.stops import check_may_act, check_may_receive
from activations.reporting import audit_log, start_log
from activations.services.access_rules import (
    NoLongerMet,
    PolicyChanged,
    Ruling,
    check_decision,
    check_unchanged,
    rules_in_force,
)
from activations.services.expiry import expire_if_due
from activations.services.reviewing import CannotReview, part_of_reviewer
from activations.services.scheduling import are_scheduled, record_grants
from activations.services.settled import already_settled
from eligibility.entitlements import ActivationType
from eligibility.judgement import NotEligible, check_eligible
from eligibility.validity import Period
from googlecloud.calls import gather
from googlecloud.errors import GoogleCloudError, OutcomeUnknown
from policies.rules.facts import FactsMissing
from policies.services.active import UnusablePolicy


@dataclass(frozen=True, slots=True)
class ReviewInput:
    """A reviewer's decision, before it is recorded."""

    request: Request
    actor: Actor
    verdict: Verdict
    comment: str


@dataclass(frozen=True, slots=True)
class Approvable:
    """What an approval grants, in which part, and under which rule."""

    decision: Decision
    part: ReviewerPart
    ruling: Ruling


# Failures of approvals that the audit log reports.
AUDITED = (
    *(rules.Refusal, CannotReview, NotEligible, GoogleCloudError, OutcomePending),
    *(FactsMissing, UnusablePolicy, NoLongerMet, PolicyChanged),
)


def approve(*, request: Request, actor: Actor, comment: str, dependencies: Dependencies) -> Request:
    """Approve the request and grant access from now on, or schedule it. Idempotent for the same reviewer.

    :raises NotAllowed, NotEligible: when the reviewer may not decide, or the beneficiary may no
        longer activate the role.
    :raises Refusal: when the request violates rules that changed in the meantime.
    :raises Moved: when another decision was recorded; the message names who decided and when. Also when
        the request does not meet the access policy any more, or that has just changed.
    :raises FactsMissing, UnusablePolicy: when it is not known what the access policy requires.
    :raises OutcomePending: when it is approved but Google has not confirmed; it is tried again.
    :raises googlecloud.errors.GoogleCloudError: when Google fails permanently; nothing is granted.
    """
    now = dependencies.clock().replace(microsecond=0)
    text = rules.check_comment(comment, required=False)
    review_input = ReviewInput(request, actor, Verdict.APPROVED, text)
    if _is_repetition(review_input, now=now):
        return request
    try:
        found = _decide_approval(review_input, dependencies, now=now)
        grant, review = _record_approval(review_input, found, now=now)
        if not (is_later := are_scheduled([grant])):
            _provision(review, grant, found.decision, review_input.actor, dependencies)
    except AUDITED as error:
        audit_log.approval_failed(request, by=actor.user.email, error=error)
        raise
    if is_later:
        start_log.scheduled(request, [grant], by=actor.user.email)
    else:
        audit_log.approved(request, grant, by=actor.user.email)
    request.refresh_from_db()
    return request


def decline(*, request: Request, actor: Actor, comment: str, dependencies: Dependencies) -> Request:
    """Decline the request, with a reason. Idempotent for the same reviewer.

    :raises NotAllowed, NotEligible: when the reviewer may not decide.
    :raises Refusal: when no reason is given.
    :raises Moved: when another decision was recorded; the message names who decided and when.
    :raises googlecloud.errors.GoogleCloudError: when Google fails, so that eligibility is not known.
    """
    now = dependencies.clock().replace(microsecond=0)
    text = rules.check_comment(comment, required=True)
    review_input = ReviewInput(request, actor, Verdict.DECLINED, text)
    if _is_repetition(review_input, now=now):
        return request
    email = actor.user.email
    facts = dependencies.catalog.facts_of(
        users=[email], project_id=request.project_id, role=request.role
    )
    part = part_of_reviewer(request, review_input.actor.user, facts[email])
    with recording():
        review = _settle(review_input, part, now=now)
        announce(Announcement.DECLINED, request=request, now=now, review=review)
    audit_log.request_ended(request, event="api.declineRequest", by=email)
    request.refresh_from_db()
    return request


def _is_repetition(review_input: ReviewInput, *, now: datetime) -> bool:
    """Return whether this reviewer made the same decision before.

    :raises NotAllowed: when the request is the reviewer's own.
    :raises Moved: when the request is no longer pending.
    """
    request, user = review_input.request, review_input.actor.user
    if is_concerned(request, user):
        raise NotAllowed("You cannot review your own request")
    expire_if_due(request=request, now=now)
    if request.state == RequestState.PENDING:
        return False
    review = Review.objects.filter(request=request).first()
    if review and review.reviewer_id == user.pk and review.decision == review_input.verdict:
        return True
    raise already_settled(request)


def _decide_approval(
    review_input: ReviewInput, dependencies: Dependencies, *, now: datetime
) -> Approvable:
    """Check beneficiary and reviewer again, with the same facts."""
    request, email = review_input.request, review_input.actor.user.email
    # Version 0.1.0 accepted project numbers. Requests that name one cannot be approved any more.
    rules.check_project(request.project_id)
    rules.check_details(request.details, limits=current_limits())
    generation = writes.generation(request.project_id)
    holder = check_beneficiary(request)
    in_force, roles, kind = rules_in_force(), [request.project_role], ActivationType.MPA
    facts, folders = gather(
        partial(
            dependencies.catalog.decision_facts_of,
            users=[holder.email, email],
            project_id=request.project_id,
            role=request.role,
        ),
        partial(in_force.folders, roles, kind, requester=holder.email),
    )
    part = part_of_reviewer(request, review_input.actor.user, facts[email])
    beneficiary = facts[holder.email]
    wanted = Period.of(request.details.starts(now), request.duration)
    holdings = check_eligible(beneficiary, roles, kind, wanted=wanted)
    ruling = in_force.ruling(roles, kind, principals=beneficiary.principals, folders=folders)
    check_decision(request, ruling, now=now)
    return Approvable(Decision(beneficiary, generation, kind, holdings), part, ruling)


def _record_approval(
    review_input: ReviewInput, found: Approvable, *, now: datetime
) -> tuple[Grant, Review]:
    request = review_input.request
    (grant,) = new_grants(request, found.decision.holdings, start=now)
    with recording():
        check_unchanged(found.ruling)
        lock_beneficiary(request)
        review = _settle(review_input, found.part, now=now, ruling=found.ruling)
        caller = review_input.actor.caller
        record_grants(request, [grant], actor=caller, now=now, review=review)
    return grant, review


def _settle(
    review_input: ReviewInput, part: ReviewerPart, *, now: datetime, ruling: Ruling | None = None
) -> Review:
    """Record the decision if there is none yet, with a conditional update and a unique review row.

    :raises Moved: when another decision was recorded.
    """
    request, actor = review_input.request, review_input.actor
    check_may_act(actor.user)
    if review_input.verdict is Verdict.APPROVED:
        check_may_receive(request)
    lock_address(
        actor.user, refusal=f"The address {actor.user.email} belongs to another account now"
    )
    review = _review(review_input, part, now=now)
    if ruling:
        ruling.grant(request)
    try:
        move_request(
            request,
            RequestState(review_input.verdict.value),
            actor=actor.caller,
            now=now,
            comment=review_input.comment,
            details={"part": part.value}
            | (ruling.recorded() if ruling else {})
            | origin(request, actor.caller),
            rows=lambda: _save(review),
        )
    except IllegalTransition:
        request.refresh_from_db()
        raise already_settled(request) from None
    return review


def _save(review: Review) -> dict[str, Any]:
    """Insert the review and bind the reviewer's row to their account. Return the changed rows."""
    review.save(force_insert=True)
    user = review.reviewer
    unknown = Reviewer.objects.filter(request=review.request, email=user.email, user=None)
    first_seen = list(unknown)
    unknown.update(user=user)
    return review_row(review) | (reviewer_changes(*first_seen, user=user) if first_seen else {})


def _review(review_input: ReviewInput, part: ReviewerPart, *, now: datetime) -> Review:
    actor = review_input.actor
    return Review(
        request=review_input.request,
        reviewer=actor.user,
        reviewer_email=actor.user.email,
        part=part,
        decision=review_input.verdict,
        comment=review_input.comment,
        decided_at=now,
        channel=actor.caller.channel,
        address=actor.caller.address,
        device_id=actor.caller.device_id[:255],
    )


def approval_work(
    review: Review, grant: Grant, decision: Decision, *, actor: Caller | None
) -> Provisioning:
    """Return the work to grant approved access, now or in a later attempt."""
    request = review.request

    def notify(kind: Announcement, now: datetime) -> None:
        announce(kind, request=request, now=now, grants=[grant], review=review)

    def on_success(now: datetime) -> None:
        replace_extended(request, actor=actor, now=now)
        notify(Announcement.APPROVED, now)

    return Provisioning(
        grants=[grant],
        decision=decision,
        description=approved_by(review.reviewer_email, request.justification),
        actor=actor,
        on_success=on_success,
        on_failure=lambda now: notify(Announcement.FAILED, now),
        outlives_trouble=True,
    )


def _provision(
    review: Review, grant: Grant, decision: Decision, actor: Actor, dependencies: Dependencies
) -> None:
    work = approval_work(review, grant, decision, actor=actor.caller)
    try:
        provision(work, dependencies=dependencies)
    except (OutcomeUnknown, *TRANSIENT) as error:
        raise OutcomePending(
            "The request is approved, but Google has not confirmed the access yet."
            f" It will be tried again. ({error})",
            request_id=review.request.id,
        ) from error
