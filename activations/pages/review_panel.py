"""What a reviewer needs on the page of a request: whether they may decide, and the facts for it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from activations.domain.states import RequestState, Status
from activations.domain.text import minutes_in_words
from activations.models import Request, Review, User
from activations.pages.reviewer_lines import StageLine
from activations.pages.role_lines import time_until
from activations.pages.stage_words import DECISIONS
from activations.pages.wording import Words, condition_summary, short_role
from activations.people.stage_progress import least_approved
from activations.people.visibility import waiting_for
from activations.services.requester_record import RequesterRecord, requester_record
from activations.services.reviewing import Objection, objection_to_approval
from activations.services.settled import already_settled
from eligibility import providers
from eligibility.index.titles import role_description, role_titles

ON_PROJECT = "resourcemanager.projects.setIamPolicy"
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Decision:
    """The forms to decide with; `why_not` is why the viewer may not decide at all.

    `has_approved` means that it is their approval, which still counts.
    `shortest` are the fewest minutes that anybody has approved so far, at most those that were requested.
    """

    may_decide: bool
    why_not: str = ""
    has_approved: bool = False
    objection: str = ""
    is_last: bool = True
    shortest: int = 0
    has_next: bool = False

    @property
    def shortest_words(self) -> str:
        return minutes_in_words(self.shortest)


def decision(
    request: Request, user: User, stages: Sequence[StageLine], *, now: datetime
) -> Decision:
    """Return whether somebody else than the requester may decide now, and what their approval does."""
    if request.status(now) is not Status.ACTIVATION_PENDING:
        return Decision(may_decide=False, why_not=_decided_by_other(request, user))
    mine = next((one for one in request.reviews.all() if one.reviewer_id == user.pk), None)
    if mine:
        said = (
            "Your approval counts no longer, because you lost the right to approve this request."
            if mine.void_at
            else "You approved this request."
        )
        why_not = f"{said} {_waits_for(stages)}".strip()
        return Decision(may_decide=False, why_not=why_not, has_approved=not mine.void_at)
    found: Objection = objection_to_approval(request, user, now=now)
    if not found.may_decline:
        return Decision(may_decide=False, why_not=f"{found.text} {_waits_for(stages)}".strip())
    return Decision(
        may_decide=True,
        objection=found.text,
        is_last=sum(one.needed_more for one in stages) <= 1,
        shortest=least_approved(request),
        has_next=waiting_for(user, now=now).exclude(pk=request.pk).exists(),
    )


def _decided_by_other(request: Request, user: User) -> str:
    """Return who approved or declined a request, for those who might have done so themselves."""
    is_decided = request.state in {RequestState.APPROVED, RequestState.DECLINED}
    if not (is_decided and request.was_asked_here):
        return ""
    is_mine = any(one.reviewer_id == user.pk for one in request.reviews.all())
    return "" if is_mine else f"{already_settled(request)}."


def _waits_for(stages: Sequence[StageLine]) -> str:
    missing = next((one.missing for one in stages if one.missing), "")
    return f"It waits for {missing}." if missing else ""


@dataclass(frozen=True, slots=True)
class HeldLine:
    """Access that the requester holds now."""

    name: str
    condition_words: str
    until: datetime
    time_left: str


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """The role in words, and the requester's record; `changes_iam` says whether the role can change IAM."""

    title: str
    description: str
    changes_iam: Words
    held: tuple[HeldLine, ...]
    record: RequesterRecord


def review_facts(request: Request, *, now: datetime) -> ReviewFacts:
    """Return what a reviewer should know. May call IAM once per role and hour."""
    record = requester_record(request, now=now)
    return ReviewFacts(
        title=role_titles([request.role]).get(request.role, ""),
        description=role_description(request.role),
        changes_iam=iam_words(providers.role_permissions().changing_iam(request.role)),
        held=tuple(
            HeldLine(
                short_role(one.role),
                condition_summary(one.resource_condition) if one.resource_condition else "",
                one.until,
                time_until(one.until, now),
            )
            for one in record.here
        ),
        record=record,
    )


def iam_words(permissions: Sequence[str] | None) -> Words:
    """Return whether a role with these permissions can change IAM policies; None when it is not known."""
    if permissions is None:
        return Words("Not known, because IAM did not return the permissions of the role")
    if ON_PROJECT in permissions:
        return Words("Yes: it can grant any role on the project", "bad")
    if not permissions:
        return Words("No")
    named = ", ".join(one.removesuffix(".setIamPolicy") for one in permissions[:MOST_NAMED])
    more = " and others" if len(permissions) > MOST_NAMED else ""
    return Words(f"Yes, those of {named}{more}", "warn")


def next_url(user: User, *, decided: Request, now: datetime) -> str:
    """Return the page of the next request that waits for this person, or their list; it tells what was decided."""
    following = waiting_for(user, now=now).exclude(pk=decided.pk).first()
    page = reverse("request", args=[following.pk]) if following else reverse("reviews")
    return f"{page}?decided={decided.pk}"


@dataclass(frozen=True, slots=True)
class DecidedNote:
    """What the viewer has just decided about another request."""

    words: str
    tone: str
    url: str


def decided_note(text: str, user: User) -> DecidedNote | None:
    """Return the note about the request with this id; None unless this person reviewed it."""
    try:
        found = Review.objects.filter(request=uuid.UUID(text), reviewer=user)
    except ValueError:
        return None
    review = found.select_related("request").first()
    if review is None:
        return None
    decided = review.request
    return DecidedNote(
        f"{DECISIONS[review.decision].words}: {short_role(decided.role)} on {decided.project_id}"
        f" for {decided.beneficiary_email}",
        DECISIONS[review.decision].tone,
        decided.get_absolute_url(),
    )
