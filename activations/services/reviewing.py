"""Determines whether a person may review a request, for decisions and for hints on its page."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from activations.domain.refusals import Moved, NotAllowed
from activations.domain.stages import demands
from activations.domain.states import ReviewerPart
from activations.models import Request, Review, User
from activations.people.addresses import is_concerned
from activations.people.beneficiary import check_beneficiary
from activations.people.deputies import absent_reviewer, represented_by
from activations.people.designated import is_designated
from activations.people.visibility import asked_as, is_asked
from activations.services.access_rules import rule_of
from activations.services.approval_rules import marker_for_approval
from activations.services.candidates import part_in_stage
from activations.services.given_approvals import escalated_now
from eligibility import providers
from eligibility.entitlements import ActivationType
from eligibility.facts import Facts
from eligibility.judgement import NotEligible, check_eligible
from eligibility.validity import Period
from googlecloud.errors import GoogleCloudError
from policies.rules.facts import FactsMissing
from policies.services.active import UnusablePolicy


class CannotReview(NotAllowed):
    """The reviewer is no longer eligible to review. `__cause__` has the original's message."""


@dataclass(frozen=True, slots=True)
class RightToReview:
    """In which part somebody may decide; `holder` is themselves or the absent reviewer."""

    part: ReviewerPart
    holder: User
    on_behalf_of: str = ""


def right_to_review(
    request: Request,
    user: User,
    *,
    represented: Sequence[User],
    facts: Mapping[str, Facts],
    reviews: Collection[Review],
) -> RightToReview:
    """Return the right under which this person may decide now, their own before those of others.

    A deputy has no right of a reviewer whose request it is, or who reviewed it.

    :raises NotAllowed: when there is none; `CannotReview` when they had one of their own.
    :raises Moved: instead, when they were asked in a stage that is approved.
    :raises FactsMissing, UnusablePolicy, Undetermined: when it is not known.
    """
    try:
        return RightToReview(part_of_reviewer(request, user, facts[user.email]), user)
    except (NotAllowed, Moved):
        for person in represented:
            if is_concerned(request, person) or _has_reviewed(person, reviews):
                continue
            with suppress(NotAllowed, Moved):
                part = part_of_reviewer(request, person, facts[person.email])
                return RightToReview(part, person, person.email)
        raise  # with its cause, which the audit log reports


def _has_reviewed(person: User, reviews: Collection[Review]) -> bool:
    return any(one.reviewer_id == person.pk or absent_reviewer(one) == person for one in reviews)


def part_of_reviewer(request: Request, user: User, facts: Facts) -> ReviewerPart:
    """Return the part in which this person may decide now: asked and still eligible, or designated.

    In a rule with stages: whom the open stage names, or to whom it was escalated.

    :raises NotAllowed: when they were not asked and are not designated, or the stage does not name them.
    :raises CannotReview: when they were asked and no longer hold the role.
    :raises Moved: when they were asked in a stage that is approved.
    :raises FactsMissing, UnusablePolicy, Undetermined: when it is not known whom the stage names.
    """
    if request.stage:
        return _part_in_open_stage(request, user, facts)
    asked = asked_as(request, user)
    if asked is None:
        if is_designated(facts):
            return ReviewerPart.MANAGER
        raise NotAllowed(f"The request does not permit approval by {user.email}")
    if is_designated(facts) and asked.part == ReviewerPart.MANAGER:
        return ReviewerPart.MANAGER
    try:
        check_eligible(facts, [request.project_role], ActivationType.MPA, wanted=None)
    except NotEligible as error:
        raise CannotReview(_why(request, ReviewerPart(asked.part))) from error
    return ReviewerPart.PEER


def check_reviewer_again(
    request: Request, user: User, facts: Facts, policy: dict[str, Any]
) -> None:
    """Check the reviewer on the policy that is about to be written; after a conflict it is a newer one.

    :raises NotAllowed: when the person may no longer review; names them, because others read it too.
    """
    try:
        part_of_reviewer(request, user, facts.with_live_policy(policy))
    except NotAllowed as error:
        raise NotAllowed(
            f"The policy of {request.project_id} changed during the approval, and {user.email} may no"
            " longer review this request. Nothing was granted"
        ) from error


def _part_in_open_stage(request: Request, user: User, facts: Facts) -> ReviewerPart:
    kept = rule_of(request).approval
    assert kept is not None  # noqa: S101  # only rules with approval have stages
    found = demands(kept, None, escalated=escalated_now(request))
    part = part_in_stage(found[request.stage - 1], facts, request.project_role)
    if part is None:
        if request.reviewers.filter(is_asked(user), stage__lt=request.stage).exists():
            raise Moved(
                f"Stage {request.stage - 1} is approved. The request waits for other people"
            )
        raise NotAllowed(
            f"Stage {request.stage} of this request does not permit approval by {user.email}"
        )
    return part


def _why(request: Request, part: ReviewerPart) -> str:
    role = f"{request.role} on {request.project_id}"
    if part is ReviewerPart.MANAGER:
        lost = f"you are no longer a designated reviewer, and you are not eligible for {role}"
    else:
        lost = f"you are no longer eligible for {role}"
    return f"You can no longer review this request: {lost}. Another reviewer must decide"


@dataclass(frozen=True, slots=True)
class Objection:
    """Why an approval would be refused; '' if it would not, or if that is not known.

    `may_decline` tells whether the person could decline the request all the same.
    """

    text: str = ""
    may_decline: bool = True


def objection_to_approval(request: Request, user: User, *, now: datetime) -> Objection:
    """Return why an approval by this person would be refused, according to cached facts.

    Needs the same calls as a list of roles. There is no objection when Google does not answer.
    """
    recent, project_id = providers.recent_facts(), request.project_id
    try:
        represented = represented_by(user, now=now)
        right_to_review(
            request,
            user,
            represented=represented,
            facts={
                one.email: recent.facts(user=one.email, project_id=project_id)
                for one in (user, *represented)
            },
            reviews=request.reviews.all(),
        )
    except (NotAllowed, Moved) as error:
        return Objection(f"{error}.", may_decline=False)
    except (GoogleCloudError, NotEligible, FactsMissing, UnusablePolicy):
        return Objection()
    return _objection_about_holder(request, now=now)


def _objection_about_holder(request: Request, *, now: datetime) -> Objection:
    """Return why nobody could approve: because of the requester, whose request can still be declined."""
    project_id = request.project_id
    try:
        holder = check_beneficiary(request)
        facts = providers.recent_facts().facts(user=holder.email, project_id=project_id)
        kind = marker_for_approval(facts, request.project_role, is_staged=request.stage > 0)
        check_eligible(
            facts,
            [request.project_role],
            kind,
            wanted=Period.of(request.details.starts(now), request.duration),
        )
    except Moved as error:
        return Objection(f"{error}.")
    except NotEligible:
        return Objection(
            f"{request.beneficiary_email} is no longer eligible for {request.role} on {project_id},"
            " so this request cannot be approved. You can decline it."
        )
    except (GoogleCloudError, FactsMissing, UnusablePolicy):
        return Objection()
    return Objection()
