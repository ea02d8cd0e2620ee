"""What approving and declining have in common, and declining. Each review is recorded under the request's row lock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from activations.domain import rules
from activations.domain.refusals import Moved, NotAllowed
from activations.domain.states import Decision as Verdict
from activations.domain.states import RequestState
from activations.evidence.recording import recording, review_row, reviewer_changes
from activations.iam.dependencies import Dependencies
from activations.iam.transitions import IllegalTransition, move_request
from activations.models import Request, Review, Reviewer, User
from activations.notifications.announce import announce
from activations.notifications.kinds import Announcement
from activations.people.actor import Actor, origin
from activations.people.addresses import is_concerned, lock_address
from activations.people.deputies import absent_reviewer, represented_by
from activations.people.stops import check_may_act, check_may_receive
from activations.reporting import audit_log
from activations.services.candidates import standing
from activations.services.expiry import expire_if_due
from activations.services.reviewing import RightToReview, right_to_review
from activations.services.settled import already_settled

# How often the facts are read again when others reviewed in the meantime.
MOST_READ_AGAIN = 3
# What changes when a stage is opened or escalated.
OF_STAGE = ("stage", "stage_opened_at", "reminded_at", "escalated_at")
Seen = tuple[int, tuple[tuple[int, datetime | None], ...]]
Outcome = TypeVar("Outcome")


class Reviewed(Exception):
    """Somebody reviewed the request, or it is no longer pending, since its reviews were read."""


@dataclass(frozen=True, slots=True)
class ReviewInput:
    """A reviewer's decision, before it is recorded. `minutes` is None for what was asked."""

    request: Request
    actor: Actor
    verdict: Verdict
    comment: str
    minutes: int | None = None


def decline(*, request: Request, actor: Actor, comment: str, dependencies: Dependencies) -> Request:
    """Decline the request, with a reason, at any stage. Idempotent for the same reviewer.

    :raises NotAllowed, NotEligible: when the reviewer may not decide.
    :raises Refusal: when no reason is given.
    :raises Moved: when another decision was recorded; the message names who decided and when.
    :raises FactsMissing, UnusablePolicy: when it is not known who may decide.
    :raises googlecloud.errors.GoogleCloudError: when Google fails, so that eligibility is not known.
    """
    now = dependencies.clock().replace(microsecond=0)
    text = rules.check_comment(comment, required=True)
    review_input = ReviewInput(request, actor, Verdict.DECLINED, text)
    attempt = partial(_decline, review_input, dependencies, now=now)
    if on_fresh_reviews(review_input, attempt, now=now):
        request.refresh_from_db()
        audit_log.request_ended(request, event="api.declineRequest", by=actor.user.email)
    return request


def _decline(review_input: ReviewInput, dependencies: Dependencies, *, now: datetime) -> Review:
    """Decide on fresh facts, and record the decline.

    :raises Reviewed: when somebody reviewed the request meanwhile.
    """
    request, user = review_input.request, review_input.actor.user
    represented, reviews = represented_by(user, now=now), read_again(request)
    facts = dependencies.catalog.facts_of(
        users=[user.email, *(one.email for one in represented)],
        project_id=request.project_id,
        role=request.role,
    )
    right = right_to_review(request, user, represented=represented, facts=facts, reviews=reviews)
    with recording():
        locked = lock_unreviewed(review_input, seen(request, reviews), now=now)
        review = new_review(review_input, right, stage=locked.stage or 1, now=now)
        settle(review_input, review, now=now)
        announce(Announcement.DECLINED, request=request, now=now, review=review)
    return review


def on_fresh_reviews(
    review_input: ReviewInput, attempt: Callable[[], Outcome], *, now: datetime
) -> Outcome | None:
    """Return what the attempt to record a decision returns; start over while others review the request.

    None when this reviewer made the same decision before, so that nothing changes.

    :raises NotAllowed: as `is_repetition`.
    :raises Moved: as `is_repetition`, and when others reviewed the request at every attempt.
    """
    for _ in range(1 + MOST_READ_AGAIN):
        if is_repetition(review_input, now=now):
            return None
        try:
            return attempt()
        except Reviewed:
            review_input.request.refresh_from_db()
    raise Moved("Other people reviewed this request at the same moment. Try again")


def is_repetition(review_input: ReviewInput, *, now: datetime) -> bool:
    """Return whether this reviewer made the same decision before, so that nothing changes.

    :raises NotAllowed: when the request is the reviewer's own, or their approval became void.
    :raises Moved: when the request is no longer pending, or they approved before they decline.
    """
    request, user = review_input.request, review_input.actor.user
    if is_concerned(request, user):
        raise NotAllowed("You cannot review your own request")
    expire_if_due(request=request, now=now)
    found = standing(request)
    mine = next((one for one in found if one.reviewer_id == user.pk), None)
    is_same = mine is not None and mine.decision == review_input.verdict and not mine.void_at
    if request.state != RequestState.PENDING:
        if is_same and request.state == RequestState(review_input.verdict.value):
            return True
        raise already_settled(request)
    if mine and mine.void_at:
        raise NotAllowed(
            "Your approval of this request does not count any more, because you lost the right to"
            " approve it. Another person must decide"
        )
    if deputy := next((one for one in found if absent_reviewer(one) == user), None):
        raise NotAllowed(f"{deputy.reviewer_email} reviewed this request on your behalf")
    if mine and not is_same:
        raise NotAllowed("You approved this request before. Another person can decline it")
    return is_same


def read_again(request: Request) -> list[Review]:
    """Return the reviews as they are now, and let the request have its present stage."""
    reviews = standing(request)
    if request.stage:
        request.refresh_from_db(fields=OF_STAGE)
    return reviews


def seen(request: Request, reviews: Sequence[Review]) -> Seen:
    """Return what changes when somebody reviews, an approval becomes void or a stage is opened."""
    return request.stage, tuple((one.pk, one.void_at) for one in reviews)


def lock_unreviewed(review_input: ReviewInput, before: Seen, *, now: datetime) -> Request:
    """Lock the row of the request until the end of the transaction, and check who acts. Call it in `recording()`.

    :raises Reviewed: when the request is no longer pending, its reviews are not those that were read, or the
        reviewer is among them.
    :raises Moved: when the reviewer's address moved to another account.
    :raises Stopped: when the reviewer is stopped.
    """
    request, actor = review_input.request, review_input.actor
    check_may_act(actor.user)
    if review_input.verdict is Verdict.APPROVED:
        check_may_receive(request)
    lock_address(
        actor.user, refusal=f"The address {actor.user.email} belongs to another account now"
    )
    found = Request.objects.pending(now).select_for_update().filter(pk=request.pk).first()
    reviews = standing(found) if found else []
    if found is None or seen(found, reviews) != before:
        raise Reviewed
    # Recorded after `is_repetition` looked, and before the reviews were read.
    if any(_is_of(one, actor.user) for one in reviews):
        raise Reviewed
    return found


def _is_of(review: Review, user: User) -> bool:
    """Whether this person made the review, or a deputy made it on their behalf."""
    return review.reviewer_id == user.pk or absent_reviewer(review) == user


def settle(
    review_input: ReviewInput,
    review: Review,
    *,
    now: datetime,
    details: dict[str, Any] | None = None,
) -> None:
    """Record the decision on the request if there is none yet, with this review.

    :raises Moved: when another decision was recorded.
    """
    request, actor = review_input.request, review_input.actor
    try:
        move_request(
            request,
            RequestState(review_input.verdict.value),
            actor=actor.caller,
            now=now,
            comment=review_input.comment,
            details=part_details(review) | (details or {}) | origin(request, actor.caller),
            rows=lambda: save_review(review),
        )
    except IllegalTransition:
        request.refresh_from_db()
        raise already_settled(request) from None


def part_details(review: Review) -> dict[str, str]:
    """Return in which part the decision was made and, for a deputy, for whom."""
    absent = {"on_behalf_of": review.on_behalf_of} if review.on_behalf_of else {}
    return {"part": str(review.part)} | absent


def save_review(review: Review) -> dict[str, Any]:
    """Insert the review and bind the reviewer's row to their account. Return the changed rows."""
    review.save(force_insert=True)
    user = review.reviewer
    unknown = Reviewer.objects.filter(request=review.request, email=user.email, user=None)
    first_seen = list(unknown)
    unknown.update(user=user)
    return review_row(review) | (reviewer_changes(*first_seen, user=user) if first_seen else {})


def new_review(
    review_input: ReviewInput, right: RightToReview, *, stage: int, now: datetime
) -> Review:
    """Return the unsaved review."""
    actor = review_input.actor
    return Review(
        request=review_input.request,
        reviewer=actor.user,
        reviewer_email=actor.user.email,
        part=right.part,
        on_behalf_of=right.on_behalf_of,
        decision=review_input.verdict,
        comment=review_input.comment,
        minutes=review_input.minutes,
        decided_at=now,
        stage=stage,
        channel=actor.caller.channel,
        address=actor.caller.address,
        device_id=actor.caller.device_id[:255],
    )
