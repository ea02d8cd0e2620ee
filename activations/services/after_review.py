"""Reviews of break-glass access: opened when access was granted, judged once by somebody who may."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction

from activations.domain import rules
from activations.domain.refusals import Moved, NotAllowed, NotAvailable
from activations.domain.states import VERDICTS, AfterReviewState
from activations.evidence.recording import (
    Step,
    after_review_changes,
    after_review_row,
    record,
    recording,
)
from activations.models import Address, AfterReview, Request, User
from activations.notifications.announce import announce_news
from activations.notifications.kinds import Announcement
from activations.notifications.news import News
from activations.people.actor import Actor, origin
from activations.people.addresses import is_concerned, lock_address
from activations.people.reviewers import others_among
from activations.people.stops import check_may_act, stopped_among
from activations.reporting import after_review_log
from activations.services.access_rules import current_environment
from activations.services.break_glass import addresses_of, recorded_watchers, terms_of
from eligibility import providers
from policies.rules.facts import is_named
from policies.services.active import kept_requirements


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether break-glass access was justified, before it is recorded."""

    verdict: str
    comment: str


def note_break_glass(request: Request, *, now: datetime) -> None:
    """Open the after-review and tell those who would approve and who review; once per request.

    Call it in the transaction that records the first grant as active.
    """
    if AfterReview.objects.filter(request=request).exists():
        return
    asked_for = request.events.get(kind="request.self_approved")
    watchers = recorded_watchers(asked_for.details)
    review = AfterReview.objects.create(
        request=request,
        opened_at=now,
        due_at=now + timedelta(minutes=watchers.review_within),
        asked=list(watchers.asked),
    )
    record(
        Step(
            kind="after_review.opened",
            at=now,
            request=request,
            became=AfterReviewState.OPEN,
            rows=after_review_row(review),
        )
    )
    announce_news(
        News(
            Announcement.BREAK_GLASS_USED,
            request,
            now,
            list(request.grants.order_by("role", "id")),
            told=watchers.told,
            due_at=review.due_at,
        )
    )


def review_by(request: Request) -> tuple[str, ...]:
    """Return who may judge the break-glass access: `user:…` and `group:…` of the rule that granted it.

    :raises UnusablePolicy, FactsMissing: when this version cannot apply that rule.
    """
    kept = kept_requirements(
        sha256=request.granted_policy_sha256,
        rule=request.granted_rule,
        environment=current_environment(),
        is_mpa=False,
    )
    return terms_of(kept).review_by


def is_reviewer(request: Request, user: User) -> bool:
    """Return whether somebody may judge break-glass access of another person, with their groups read now.

    :raises UnusablePolicy, FactsMissing: when that is not known.
    :raises googlecloud.errors.GoogleCloudError: when Google fails.
    """
    named = review_by(request)
    if is_concerned(request, user):
        return False
    if f"user:{user.email}" in named:
        return True
    if not any(name.startswith("group:") for name in named):
        return False
    found = providers.groups().principals(user=user.email)
    return is_named(
        user.email,
        named,
        groups=found.groups,
        groups_are_complete=not found.warnings,
    )


def may_see(request: Request, user: User) -> bool:
    """Return whether somebody may see a use of break glass: they were told, or they may judge it now.

    :raises UnusablePolicy, FactsMissing, googlecloud.errors.GoogleCloudError: as :func:`is_reviewer`.
    """
    review = request.after_review
    if review is None:
        return False
    has_judged = review.reviewer_id is not None and review.reviewer_id == user.pk
    return has_judged or _was_told(review, user) or is_reviewer(request, user)


def _was_told(review: AfterReview, user: User) -> bool:
    """Return whether this person got the mail; not a later owner of the address."""
    asked_for = review.request.events.get(kind="request.self_approved")
    if user.email not in recorded_watchers(asked_for.details).told:
        return False
    before = Address.objects.filter(email=user.email, since__lte=review.opened_at)
    return not before.exclude(person=user).exists()


def tell_overdue(review: AfterReview, *, now: datetime) -> bool:
    """Tell those who may judge an overdue review now, at most once a day; return whether they were told.

    :raises UnusablePolicy, FactsMissing: when it is not known who may judge.
    :raises googlecloud.errors.GoogleCloudError: when Google fails; nothing is told.
    """
    recipients = _reviewers(review)
    with transaction.atomic():
        if not AfterReview.objects.to_be_told(now).filter(pk=review.pk).update(told_at=now):
            return False
        announce_news(
            News(
                Announcement.AFTER_REVIEW_DUE,
                review.request,
                now,
                list(review.request.grants.order_by("role", "id")),
                told=recipients,
                due_at=review.due_at,
            )
        )
    return True


def _reviewers(review: AfterReview) -> tuple[str, ...]:
    """Return the addresses of those who may judge now; of those asked at first if groups cannot be read."""
    request, named = review.request, review_by(review.request)
    groups = [name.removeprefix("group:") for name in named if name.startswith("group:")]
    members = providers.group_members().people(groups)
    if members.unread or request.beneficiary is None:
        return tuple(review.asked)
    others = others_among(addresses_of(named, members), request.beneficiary, members)
    return tuple(sorted(others - stopped_among(sorted(others))))


def judge(*, request: Request, judgement: Judgement, actor: Actor, now: datetime) -> AfterReview:
    """Record whether break-glass access was justified. Idempotent for the same person and verdict.

    :raises NotAvailable: when the request has no after-review.
    :raises NotAllowed: when it is the caller's own, or they are not among those who review.
    :raises Refusal: when the verdict is unknown or the comment is missing.
    :raises Moved: when somebody judged it; the message names who and when.
    :raises UnusablePolicy, FactsMissing: when it is not known who may judge.
    :raises googlecloud.errors.GoogleCloudError: when Google fails; nothing is recorded.
    """
    review = AfterReview.objects.filter(request=request).select_related("reviewer").first()
    if review is None:
        raise NotAvailable("This request has no after-review")
    if is_concerned(request, actor.user):
        raise NotAllowed("You cannot review your own break-glass access")
    verdict, comment = _checked(judgement)
    if _is_repetition(review, verdict, actor.user):
        return review
    if not is_reviewer(request, actor.user):
        raise NotAllowed(f"The rule does not permit {actor.user.email} to review this access")
    if not _record(review, verdict, comment, actor=actor, now=now):
        review.refresh_from_db()
        if not _is_repetition(review, verdict, actor.user):
            raise _judged(review)
    review.refresh_from_db()
    after_review_log.judged(request, review)
    return review


def _checked(judgement: Judgement) -> tuple[AfterReviewState, str]:
    if judgement.verdict not in {str(one) for one in VERDICTS}:
        raise rules.Refusal(f"The verdict must be {' or '.join(VERDICTS)}")
    comment = rules.check_comment(
        judgement.comment, required=True, missing="Explain your verdict in a comment"
    )
    return AfterReviewState(judgement.verdict), comment


def _is_repetition(review: AfterReview, verdict: AfterReviewState, user: User) -> bool:
    """Return whether this person gave the same verdict before.

    :raises Moved: when another verdict is recorded.
    """
    if review.state == AfterReviewState.OPEN:
        return False
    if review.reviewer_id == user.pk and review.state == verdict:
        return True
    raise _judged(review)


def _judged(review: AfterReview) -> Moved:
    at = review.judged_at.astimezone(UTC) if review.judged_at else review.opened_at
    word = str(review.state).replace("_", " ")
    return Moved(f"{review.reviewer_email} judged this access as {word} at {at:%Y-%m-%d %H:%M} UTC")


def _record(
    review: AfterReview, verdict: AfterReviewState, comment: str, *, actor: Actor, now: datetime
) -> bool:
    """Record the verdict with a conditional update; return whether the review was open."""
    user = actor.user
    values = {
        "state": verdict,
        "reviewer": user,
        "reviewer_email": user.email,
        "comment": comment,
        "judged_at": now,
    }
    with recording():
        check_may_act(user)
        lock_address(user, refusal=f"The address {user.email} belongs to another account now")
        if not AfterReview.objects.open().filter(pk=review.pk).update(**values):
            return False
        record(
            Step(
                kind="after_review.judged",
                at=now,
                request=review.request,
                actor=actor.caller,
                was=AfterReviewState.OPEN,
                became=verdict,
                comment=comment,
                details=origin(review.request, actor.caller),
                rows=after_review_changes(review, **values),
            )
        )
    return True
