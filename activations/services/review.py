"""Approve or decline: exactly one decision wins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from activations import audit, leases, reviewer_rules, rules
from activations.asker import Asker, origin
from activations.bindings import approved_by
from activations.caller import Caller
from activations.designated import is_designated
from activations.evidence import Step, record, recording
from activations.extended import replace_extended
from activations.intent import new_grants, save_grants
from activations.limits import current_limits
from activations.models import Grant, Request, Review, Reviewer
from activations.notifications import Announcement, announce
from activations.outcomes import already_settled
from activations.provisioning import TRANSIENT, Decision, Provisioning, provision
from activations.refusals import NotAllowed, OutcomePending
from activations.services.expiry import expire_if_due
from activations.states import Decision as Verdict
from activations.states import RequestState, ReviewerPart
from activations.writer import Writer
from eligibility.catalog import NotEligible
from eligibility.entitlements import ActivationType
from eligibility.facts import Facts
from eligibility.validity import Period
from googlecloud.errors import GoogleCloudError, OutcomeUnknown


@dataclass(frozen=True, slots=True)
class Judgement:
    """A reviewer and what they say, before it is known whether they were first."""

    request: Request
    asker: Asker
    verdict: Verdict
    comment: str


def approve(*, request: Request, asker: Asker, comment: str, writer: Writer) -> Request:
    """Approve and grant; the minutes start now. The same reviewer again: nothing is written.

    :raises NotAllowed, NotEligible: when the reviewer may not decide, or the beneficiary may no
        longer activate.
    :raises Refusal: when the request breaks rules that were tightened since.
    :raises Moved: when somebody was faster; names who and when.
    :raises OutcomePending: when it is approved but Google has not confirmed; it is tried again.
    :raises googlecloud.errors.GoogleCloudError: when Google fails definitely; nothing is granted.
    """
    now = writer.clock().replace(microsecond=0)
    text = reviewer_rules.check_comment(comment, required=False)
    judgement = Judgement(request, asker, Verdict.APPROVED, text)
    if _is_repetition(judgement, now=now):
        return request
    try:
        decision, part = _decide_approval(judgement, writer, now=now)
        grant = _record_approval(judgement, decision, part, writer=writer, now=now)
        _provision(judgement, grant, decision, writer)
    except (rules.Refusal, NotEligible, GoogleCloudError, OutcomePending) as error:
        audit.approval_failed(request, by=asker.user.email, error=error)
        raise
    audit.approved(request, grant, by=asker.user.email)
    request.refresh_from_db()
    return request


def decline(*, request: Request, asker: Asker, comment: str, writer: Writer) -> Request:
    """Decline, with a reason; final. The same reviewer again: nothing happens.

    :raises NotAllowed, NotEligible: when the reviewer may not decide.
    :raises Refusal: when no reason is given.
    :raises Moved: when somebody was faster; names who and when.
    :raises googlecloud.errors.GoogleCloudError: when Google cannot tell whether they may.
    """
    now = writer.clock().replace(microsecond=0)
    text = reviewer_rules.check_comment(comment, required=True)
    judgement = Judgement(request, asker, Verdict.DECLINED, text)
    if _is_repetition(judgement, now=now):
        return request
    email = asker.user.email
    facts = writer.catalog.facts_of(users=[email], project_id=request.project_id)
    part = _part(judgement, facts[email], writer)
    with recording():
        review = _settle(judgement, part, now=now)
        announce(Announcement.DECLINED, request=request, now=now, review=review)
    audit.request_ended(request, event="api.declineRequest", by=email)
    request.refresh_from_db()
    return request


def _is_repetition(judgement: Judgement, *, now: datetime) -> bool:
    """Whether this reviewer has said the same before.

    :raises NotAllowed: for one's own request.
    :raises Moved: when the request is no longer pending.
    """
    request, user = judgement.request, judgement.asker.user
    if request.beneficiary_id == user.pk or request.beneficiary_email == user.email:
        raise NotAllowed("You cannot review your own request")
    expire_if_due(request=request, now=now)
    if request.state == RequestState.PENDING:
        return False
    review = Review.objects.filter(request=request).first()
    if review and review.reviewer_id == user.pk and review.decision == judgement.verdict:
        return True
    raise already_settled(request)


def _decide_approval(
    judgement: Judgement, writer: Writer, *, now: datetime
) -> tuple[Decision, ReviewerPart]:
    """Beneficiary and reviewer are looked up again, at the same moment."""
    request, email = judgement.request, judgement.asker.user.email
    limits = current_limits()
    rules.check_criteria(request.justification, limits=limits)
    rules.check_duration(request.minutes, limits=limits)
    generation = leases.generation(request.project_id)
    people = [request.beneficiary_email, email]
    facts = writer.catalog.decision_facts_of(users=people, project_id=request.project_id)
    part = _part(judgement, facts[email], writer)
    beneficiary = facts[request.beneficiary_email]
    wanted = Period.of(now, request.duration)
    writer.catalog.check(
        beneficiary, [request.project_role], ActivationType.MPA, wanted=wanted
    )
    return Decision(beneficiary, generation, ActivationType.MPA), part


def _part(judgement: Judgement, facts: Facts, writer: Writer) -> ReviewerPart:
    """Why this person may decide: asked and still holding the role, or designated.

    :raises NotAllowed: when they were not asked and are not designated.
    :raises NotEligible: when they were asked as a peer and no longer hold the role.
    """
    request, user = judgement.request, judgement.asker.user
    asked = Reviewer.objects.filter(request=request, email=user.email).first()
    if asked is None or not asked.is_(user):
        if is_designated(facts):
            return ReviewerPart.MANAGER
        raise NotAllowed(f"The request does not permit approval by {user.email}")
    if is_designated(facts) and asked.part == ReviewerPart.MANAGER:
        return ReviewerPart.MANAGER
    writer.catalog.check(facts, [request.project_role], ActivationType.MPA, wanted=None)
    return ReviewerPart.PEER


def _record_approval(
    judgement: Judgement, decision: Decision, part: ReviewerPart, *, writer: Writer, now: datetime
) -> Grant:
    request = judgement.request
    held = writer.catalog.entitlements(
        decision.facts, wanted=Period.of(now, request.duration), types=[ActivationType.MPA]
    )
    holdings = [h for h in held.available if h.project_role == request.project_role]
    (grant,) = new_grants(request, holdings, start=now)
    with recording():
        _settle(judgement, part, now=now)
        save_grants([grant], actor=judgement.asker.caller)
    return grant


def _settle(judgement: Judgement, part: ReviewerPart, *, now: datetime) -> Review:
    """One conditional update decides who was first; the row of the review is unique as well.

    :raises Moved: for everybody else.
    """
    request, asker = judgement.request, judgement.asker
    state = RequestState(judgement.verdict.value)
    pending = Request.objects.filter(pk=request.pk, state=RequestState.PENDING, expires_at__gt=now)
    if pending.update(state=state, decided_at=now) != 1:
        request.refresh_from_db()
        raise already_settled(request)
    review = _review(judgement, part, now=now)
    Reviewer.objects.filter(request=request, email=asker.user.email, user=None).update(
        user=asker.user
    )
    record(
        Step(
            kind=f"request.{state.value}",
            at=now,
            request=request,
            actor=asker.caller,
            was=RequestState.PENDING,
            became=state,
            comment=judgement.comment,
            details={"part": part.value} | origin(request, asker.caller),
        )
    )
    return review


def _review(judgement: Judgement, part: ReviewerPart, *, now: datetime) -> Review:
    asker = judgement.asker
    return Review.objects.create(
        request=judgement.request,
        reviewer=asker.user,
        reviewer_email=asker.user.email,
        part=part,
        decision=judgement.verdict,
        comment=judgement.comment,
        decided_at=now,
        channel=asker.caller.channel,
        address=asker.caller.address,
        device_id=asker.caller.device_id[:255],
    )


def approval_work(
    request: Request, grant: Grant, decision: Decision, *, actor: Caller | None
) -> Provisioning:
    """The write that an approval stands for, now or when it is tried again."""
    review = request.review

    def tell(kind: Announcement, now: datetime) -> None:
        announce(kind, request=request, now=now, grants=[grant], review=review)

    def stands(now: datetime) -> None:
        replace_extended(request, actor=actor, now=now)
        tell(Announcement.APPROVED, now)

    return Provisioning(
        grants=[grant],
        decision=decision,
        description=approved_by(review.reviewer_email, request.justification),
        actor=actor,
        on_success=stands,
        on_failure=lambda now: tell(Announcement.FAILED, now),
        outlives_trouble=True,
    )


def _provision(judgement: Judgement, grant: Grant, decision: Decision, writer: Writer) -> None:
    request = judgement.request
    work = approval_work(request, grant, decision, actor=judgement.asker.caller)
    try:
        provision(work, writer=writer)
    except (OutcomeUnknown, *TRANSIENT) as error:
        raise OutcomePending(
            "The request is approved, but Google has not confirmed the access yet."
            f" It will be tried again. ({error})",
            request_id=request.id,
        ) from error
