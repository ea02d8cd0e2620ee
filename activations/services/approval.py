"""Approves requests. The approval that completes the last stage grants access; exactly one does."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from activations.domain import rules
from activations.domain.bindings import approved_by
from activations.domain.caller import Caller
from activations.domain.refusals import Moved, OutcomePending
from activations.domain.states import Decision as Verdict
from activations.evidence.recording import Step, record, recording, review_changes
from activations.iam.dependencies import Dependencies
from activations.iam.provisioning import TRANSIENT, Decision, Provisioning, provision
from activations.iam.transitions import new_grants, replace_extended
from activations.models import Grant, Request, Review
from activations.notifications.announce import announce
from activations.notifications.kinds import Announcement
from activations.people.actor import Actor, origin
from activations.people.beneficiary import lock_beneficiary
from activations.reporting import audit_log, start_log
from activations.services.access_rules import NoLongerMet, PolicyChanged, check_unchanged
from activations.services.approvable import Approvable, decide_approval
from activations.services.opening import open_stage
from activations.services.review import (
    ReviewInput,
    lock_unreviewed,
    new_review,
    on_fresh_reviews,
    part_details,
    save_review,
    settle,
)
from activations.services.reviewing import CannotReview
from activations.services.scheduling import are_scheduled, record_grants
from eligibility.judgement import NotEligible
from googlecloud.errors import GoogleCloudError, OutcomeUnknown
from policies.rules.facts import FactsMissing
from policies.services.active import UnusablePolicy

# Failures of approvals that the audit log reports.
AUDITED = (
    *(rules.Refusal, CannotReview, NotEligible, GoogleCloudError, OutcomePending),
    *(FactsMissing, UnusablePolicy, NoLongerMet, PolicyChanged),
)


def approve(
    *,
    request: Request,
    actor: Actor,
    comment: str,
    dependencies: Dependencies,
    minutes: int | None = None,
) -> Request:
    """Approve the request; the last approval that it needs grants access from now on, or schedules it.

    Idempotent for the same reviewer. `minutes` is the longest duration that this person approves, None
    for what was asked; the smallest of all approvals counts.

    :raises NotAllowed, NotEligible: when the reviewer may not decide, or the beneficiary may no
        longer activate the role.
    :raises Refusal: when `minutes` is more than what was asked, or the request violates rules that
        changed in the meantime.
    :raises Moved: when another decision was recorded; the message names who decided and when. Also when
        the request does not meet the access policy any more, that has just changed, or an earlier
        approval became void.
    :raises FactsMissing, UnusablePolicy: when it is not known what the access policy requires.
    :raises OutcomePending: when it is approved but Google has not confirmed; it is tried again.
    :raises googlecloud.errors.GoogleCloudError: when Google fails permanently; nothing is granted.
    """
    now = dependencies.clock().replace(microsecond=0)
    text = rules.check_comment(comment, required=False)
    given = rules.check_approved_minutes(minutes, asked=request.minutes)
    review_input = ReviewInput(request, actor, Verdict.APPROVED, text, given)
    try:
        attempt = partial(_approve, review_input, dependencies, now=now)
        grant = on_fresh_reviews(review_input, attempt, now=now)
    except AUDITED as error:
        audit_log.approval_failed(request, by=actor.user.email, error=error)
        raise
    if grant and are_scheduled([grant]):
        start_log.scheduled(request, [grant], by=actor.user.email)
    elif grant:
        audit_log.approved(request, grant, by=actor.user.email)
    request.refresh_from_db()
    return request


def _approve(
    review_input: ReviewInput, dependencies: Dependencies, *, now: datetime
) -> Grant | None:
    """Decide on fresh facts, and record the approval. Return what was granted, if anything.

    :raises Reviewed: when somebody reviewed the request meanwhile.
    """
    found = decide_approval(review_input, dependencies, now=now)
    if found.lost:
        raise _void(review_input, found, now=now)
    grant, review = _record(review_input, found, now=now)
    if grant and not are_scheduled([grant]):
        _provision(review, grant, found.decision, review_input.actor, dependencies)
    return grant


def _record(
    review_input: ReviewInput, found: Approvable, *, now: datetime
) -> tuple[Grant | None, Review]:
    """Record the approval, and what it completes: a stage, or the request with its grant."""
    request = review_input.request
    with recording():
        check_unchanged(found.ruling)
        lock_beneficiary(request)
        lock_unreviewed(review_input, found.seen, now=now)
        review = new_review(review_input, found.right, stage=found.stage, now=now)
        if found.completes:
            return _grant(review_input, review, found, now=now), review
        _record_one(review_input, review, now=now)
        if found.opening:
            open_stage(request, found.opening, actor=review_input.actor.caller, now=now)
    return None, review


def _grant(review_input: ReviewInput, review: Review, found: Approvable, *, now: datetime) -> Grant:
    request = review_input.request
    request.granted_minutes = found.minutes
    found.ruling.grant(request)
    (grant,) = new_grants(request, found.decision.holdings, start=now)
    settle(review_input, review, now=now, details=found.ruling.recorded())
    caller = review_input.actor.caller
    record_grants(request, [grant], actor=caller, now=now, review=review)
    return grant


def _record_one(review_input: ReviewInput, review: Review, *, now: datetime) -> None:
    """Record an approval that does not complete the request."""
    request, caller = review_input.request, review_input.actor.caller
    record(
        Step(
            kind="request.approval_recorded",
            at=now,
            request=request,
            actor=caller,
            comment=review.comment,
            details=part_details(review) | {"stage": review.stage} | origin(request, caller),
            rows=save_review(review),
        )
    )
    announce(Announcement.APPROVAL_RECORDED, request=request, now=now, review=review)


def _void(review_input: ReviewInput, found: Approvable, *, now: datetime) -> Moved:
    """Record that earlier approvals count no longer, and open their stage again. Return the refusal.

    :raises Reviewed: when the reviews changed since they were read.
    """
    request, caller = review_input.request, review_input.actor.caller
    with recording():
        check_unchanged(found.ruling)
        lock_unreviewed(review_input, found.seen, now=now)
        for lost in found.lost:
            Review.objects.filter(pk=lost.pk).update(void_at=now)
            record(
                Step(
                    kind="request.approval_void",
                    at=now,
                    request=request,
                    details={"reviewer": lost.reviewer_email, "stage": lost.stage},
                    rows=review_changes(lost, void_at=now),
                )
            )
        if found.opening:
            open_stage(request, found.opening, actor=caller, now=now)
    return NoLongerMet(_said(found.lost))


def _said(lost: tuple[Review, ...]) -> str:
    names = " and ".join(one.reviewer_email for one in lost)
    stages = " and ".join(str(stage) for stage in sorted({one.stage for one in lost}))
    return (
        f"{names} may no longer approve this request, so that approval does not count any more."
        f" Stage {stages} is open again and the request stays pending"
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
        description=approved_by(request.approvers(), request.justification),
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
