"""Decides on an approval, on facts that are read for it: may it be given, and what does it complete."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from activations.domain import rules
from activations.domain.refusals import NotAllowed
from activations.domain.stages import (
    Approval,
    Demand,
    NotCovered,
    demands,
    granted_minutes,
    progress,
)
from activations.domain.text import minutes_down
from activations.iam import writes
from activations.iam.dependencies import Dependencies, current_limits
from activations.iam.provisioning import Decision
from activations.models import Request, Review, User
from activations.people.beneficiary import check_beneficiary
from activations.people.deputies import represented_by
from activations.services.access_rules import (
    Folders,
    RulesInForce,
    Ruling,
    check_decision,
    no_longer_met,
    rule_of,
    rules_in_force,
)
from activations.services.approval_rules import ruling_for_approval
from activations.services.candidates import candidates, part_in_stage
from activations.services.given_approvals import (
    addresses_of_givers,
    counted,
    escalated_ever,
    escalated_now,
    lost_approvals,
)
from activations.services.opening import Opening
from activations.services.review import ReviewInput, Seen, new_review, read_again, seen
from activations.services.reviewing import (
    RightToReview,
    check_reviewer_again,
    right_to_review,
)
from eligibility.facts import Facts
from eligibility.validity import Period
from googlecloud.calls import gather
from policies.rules.requirements import ApprovalTerms, Requirements


@dataclass(frozen=True, slots=True)
class Approvable:
    """What an approval does, by which right, in which stage, and under which rule.

    `seen` identifies the reviews that were read. `lost` are earlier approvals whose givers may no longer
    approve; then this approval must not be recorded. `opening` is the stage to open, if any.
    """

    decision: Decision
    right: RightToReview
    ruling: Ruling
    minutes: int
    seen: Seen
    stage: int = 1
    completes: bool = True
    opening: Opening | None = None
    lost: tuple[Review, ...] = ()


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read for one decision, at this moment."""

    review_input: ReviewInput
    now: datetime
    represented: Sequence[User]
    holder: User
    reviews: Sequence[Review]
    kept: Requirements
    facts: Mapping[str, Facts]
    folders: Folders | None
    in_force: RulesInForce

    @property
    def request(self) -> Request:
        return self.review_input.request

    @property
    def reviewer(self) -> User:
        return self.review_input.actor.user

    @property
    def is_staged(self) -> bool:
        return bool(self.kept.approval and self.kept.approval.stages)


def decide_approval(
    review_input: ReviewInput, dependencies: Dependencies, *, now: datetime
) -> Approvable:
    """Check beneficiary, reviewer and earlier approvers again, with facts that are read together.

    :raises NotAllowed, NotEligible: when the reviewer may not decide, or the beneficiary may no longer
        activate the role.
    :raises NoLongerMet: when the request does not meet the kept rule and the active policy.
    :raises Refusal, Moved, FactsMissing, UnusablePolicy, GoogleCloudError: as `approve`.
    """
    request, reviews = review_input.request, read_again(review_input.request)
    # Version 0.1.0 accepted project numbers. Requests that name one cannot be approved any more.
    rules.check_project(request.project_id)
    approved = [one.minutes for one in counted(reviews)]
    minutes = granted_minutes(request.minutes, [*approved, review_input.minutes])
    details = replace(request.details, minutes=minutes)
    rules.check_details(details, limits=current_limits())
    generation = writes.generation(request.project_id)
    read = _read(review_input, reviews, dependencies, now=now)
    right = right_to_review(
        request, read.reviewer, represented=read.represented, facts=read.facts, reviews=reviews
    )
    facts = read.facts[read.holder.email]
    found = ruling_for_approval(
        read.in_force,
        facts,
        request.project_role,
        folders=read.folders,
        wanted=Period.of(details.starts(now), details.duration),
        was_staged=read.is_staged,
    )
    check_decision(request, read.kept, found.ruling, minutes=minutes, now=now)
    own = read.facts[right.holder.email]
    again = partial(check_reviewer_again, request, right.holder, own)
    decision = Decision(facts, generation, found.kind, found.holdings, again)
    basis = Approvable(decision, right, found.ruling, minutes, seen(request, reviews))
    return _of_stages(basis, read, found.approval)


def _read(
    review_input: ReviewInput,
    reviews: Sequence[Review],
    dependencies: Dependencies,
    *,
    now: datetime,
) -> _Read:
    """Read the facts of everybody involved at once; those of earlier approvers need their groups only."""
    request, reviewer = review_input.request, review_input.actor.user
    kept, holder, in_force = rule_of(request), check_beneficiary(request), rules_in_force()
    represented = represented_by(reviewer, now=now)
    earlier = addresses_of_givers(counted(reviews))
    people = [holder.email, reviewer.email, *(one.email for one in represented), *earlier]
    facts, folders = gather(
        partial(
            dependencies.catalog.decision_facts_of,
            users=list(dict.fromkeys(people)),
            project_id=request.project_id,
            role=request.role,
        ),
        partial(in_force.folders_for_approval, request.project_role, requester=holder.email),
    )
    return _Read(review_input, now, represented, holder, reviews, kept, facts, folders, in_force)


def _of_stages(basis: Approvable, read: _Read, active: ApprovalTerms | None) -> Approvable:
    """Add what follows from the stages of both rules."""
    kept = read.kept.approval
    if kept is None or not kept.stages:
        if active and active.stages:
            raise no_longer_met(read.request, "The access policy requires approval in stages now")
        return basis
    both = partial(_demands, read.request, kept, active)
    approvals, role = counted(read.reviews), read.request.project_role
    # Those to whom a stage was escalated keep the right that they used.
    ever = both(escalated=escalated_ever(read.request))
    lost = lost_approvals(approvals, ever, facts=read.facts, role=role)
    valid = [one for one in approvals if one not in lost]
    stage = progress(kept.stages, map(_approval, valid)).open or len(kept.stages)
    if lost:
        opening = _opening(stage, both(), read, reviewed=read.reviews)
        return replace(basis, stage=stage, completes=False, lost=lost, opening=opening)
    now_open = both(escalated=escalated_now(read.request), open_for=_open_for(read))
    demand = now_open[stage - 1]
    giver = basis.right.holder.email
    if not part_in_stage(demand, read.facts[giver], role):
        raise NotAllowed(f"The access policy does not permit approval by {giver} any more")
    mine = Approval(read.reviewer.subject, stage)
    after = progress(kept.stages, [*map(_approval, valid), mine]).open
    reviewed = [
        *read.reviews,
        new_review(read.review_input, basis.right, stage=stage, now=read.now),
    ]
    opening = _opening(after, both(), read, reviewed=reviewed) if after else None
    return replace(basis, stage=stage, completes=not after, opening=opening)


def _open_for(read: _Read) -> int | None:
    """Return for how many minutes the open stage has been open, by the clock that is ahead."""
    opened, escalated = read.request.stage_opened_at, read.request.escalated_at
    # The job that escalates may have a faster clock.
    return minutes_down(max(read.now, escalated or read.now) - opened) if opened else None


def _demands(
    request: Request,
    kept: ApprovalTerms,
    active: ApprovalTerms | None,
    *,
    escalated: Collection[int] = (),
    open_for: int | None = None,
) -> tuple[Demand, ...]:
    try:
        return demands(kept, active, escalated=escalated, open_for=open_for)
    except NotCovered as error:
        raise no_longer_met(
            request,
            f"The access policy now requires approvals that this request does not ask for (stage"
            f" {error.stage})",
        ) from error


def _approval(review: Review) -> Approval:
    return Approval(review.reviewer.subject, review.stage, review.void_at is not None)


def _opening(
    stage: int, both: Sequence[Demand], read: _Read, *, reviewed: Sequence[Review]
) -> Opening | None:
    """Return the stage to open with those who may approve in it; None when it is open already."""
    if stage == read.request.stage:
        return None
    found = candidates(
        [both[stage - 1]],
        facts=read.facts[read.holder.email],
        role=read.request.project_role,
        requester=read.holder,
        reviewed=reviewed,
    )
    return Opening(stage, found.stages[0])
