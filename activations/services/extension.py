"""Extends access with a new request that is linked to the old one. One binding remains."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from activations.domain.refusals import Moved, NotAllowed
from activations.domain.request_details import RequestDetails
from activations.domain.rules import Refusal, check_no_break_glass
from activations.domain.states import Status
from activations.domain.text import in_words, minutes_down
from activations.iam.dependencies import Dependencies, current_limits
from activations.models import Grant, Request
from activations.people.access_facts import access_of
from activations.people.actor import Actor
from activations.people.addresses import current_addresses
from activations.services.access_rules import NeedsApproval
from activations.services.approval_request import ApprovalInput, request_approval
from activations.services.extension_offer import required_of_extension
from activations.services.self_activation import SelfActivation, self_activate
from eligibility.judgement import NotEligible
from eligibility.validity import Period, eligibility_end
from eligibility.validity import in_words as instant_in_words


@dataclass(frozen=True, slots=True)
class Extension:
    """The new duration in minutes, from now or from the approval, and the reason.

    Without a ticket, the extension keeps the one of the old request. Without reviewers, those of the old request
    are asked; in a rule with stages, everybody who may approve.
    """

    details: RequestDetails
    reviewers: tuple[str, ...] = ()
    idempotency_key: str = ""


def extend(*, grant: Grant, asked: Extension, actor: Actor, dependencies: Dependencies) -> Request:
    """Extend this grant now, or request an approval if a new request needs one. Return the new request.

    :raises NotAllowed: when the grant belongs to another person.
    :raises Moved: when the grant is not active, or its end was requested.
    :raises Refusal: when access would not last longer than now, or the input is invalid.
    :raises NotEligible, OutcomePending, FactsMissing, UnusablePolicy: as for a new request.
    :raises googlecloud.errors.GoogleCloudError: as for a new request.
    """
    check_no_break_glass(asked.details)
    now = dependencies.clock().replace(microsecond=0)
    if asked.details.as_of(now).start_at:
        raise Refusal("An extension starts at once. Remove the start (startTime)")
    earlier = _sent_before(asked, actor)
    if earlier is None:
        _check_active(grant, actor, now=now)
        _check_longer(grant, asked.details, now=now)
    if not _needs_approval(grant, earlier, actor):
        with suppress(_asks_for_approval(grant)):
            return self_activate(
                asked=_self_activation(grant, asked), actor=actor, dependencies=dependencies
            )
    return request_approval(asked=_approval(grant, asked), actor=actor, dependencies=dependencies)


def _needs_approval(grant: Grant, earlier: Request | None, actor: Actor) -> bool:
    """Return whether the extension is a request for approval from the start.

    What was sent before is found only as the kind of request that it became.
    """
    if earlier:
        return earlier.needs_approval
    if grant.request.needs_approval or grant.request.break_glass:
        return required_of_extension(grant, actor.user).needs_approval
    return False


def _asks_for_approval(grant: Grant) -> type[NotEligible]:
    """Return the refusal after which approval is requested.

    A rule may demand approval since the role was activated. How the person holds a role that was approved, or
    for which break glass was used, was read from lists, which may be a minute old.
    """
    is_read = grant.request.needs_approval or grant.request.break_glass
    return NotEligible if is_read else NeedsApproval


def _sent_before(asked: Extension, actor: Actor) -> Request | None:
    """Return what this form or call made before, so that the old grant may be replaced already."""
    if not asked.idempotency_key:
        return None
    return Request.objects.filter(
        beneficiary=actor.user, idempotency_key=asked.idempotency_key
    ).first()


def _self_activation(grant: Grant, asked: Extension) -> SelfActivation:
    return SelfActivation(
        project_id=grant.project_id,
        role_ids=(grant.project_role.id,),
        details=_details(grant, asked),
        idempotency_key=asked.idempotency_key,
        extends=grant,
    )


def _details(grant: Grant, asked: Extension) -> RequestDetails:
    return replace(asked.details, ticket=asked.details.ticket or grant.request.ticket)


def _approval(grant: Grant, asked: Extension) -> ApprovalInput:
    # In stages, everybody who may approve is asked.
    asked_before = (
        () if grant.request.stage else tuple(current_addresses(grant.request.reviewers.all()))
    )
    return ApprovalInput(
        project_id=grant.project_id,
        role_id=grant.project_role.id,
        reviewers=asked.reviewers or asked_before,
        details=_details(grant, asked),
        idempotency_key=asked.idempotency_key,
        extends=grant,
        are_inherited=not asked.reviewers,
    )


def _check_active(grant: Grant, actor: Actor, *, now: datetime) -> None:
    if not grant.request.belongs_to(actor.user):
        raise NotAllowed("Only the person who holds the access can extend it")
    if grant.status(now) is not Status.ACTIVE:
        raise Moved(_not_active(grant, now))
    if grant.ending_asked_at is not None:
        raise Moved(
            "The end of this access was requested and is not confirmed yet. It cannot be extended"
        )


def _check_longer(grant: Grant, details: RequestDetails, *, now: datetime) -> None:
    if not 0 < details.minutes <= minutes_down(current_limits().longest):
        return  # The rules of a new request refuse it; the calendar may have no such moment.
    wanted = details.duration
    until = access_of(grant, now=now).until or grant.end_time
    if now + wanted <= until:
        raise Refusal(
            f"The access lasts for another {in_words(until - now)}. Enter a longer duration"
        )
    end = eligibility_end(grant.resource_condition, Period.of(now, wanted))
    if end and end <= until:
        raise Refusal(
            f"Your eligibility for this role ends at {instant_in_words(end)}."
            " The access cannot be extended"
        )


def _not_active(grant: Grant, now: datetime) -> str:
    access = access_of(grant, now=now)
    if grant.status(now) is Status.ENDED and access.is_held:
        return "This grant has ended, but another grant gives the same access. Extend that grant"
    if grant.status(now) is Status.SCHEDULED:
        return (
            "This access is scheduled and has not started, so it cannot be extended. Withdraw the"
            " request, and request the role for a longer time"
        )
    if grant.status(now) is Status.PROVISIONING:
        return "Google has not confirmed this grant yet. Try again in a minute"
    return "This access has ended. Request it again"
