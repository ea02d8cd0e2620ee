"""Messages about requests that are no longer pending."""

from __future__ import annotations

from datetime import UTC, datetime

from activations.domain.refusals import Moved
from activations.domain.states import RequestState
from activations.models import Request


def already_settled(request: Request) -> Moved:
    """Return the error for a decision about a request that is no longer pending."""
    at = _moment(request.decided_at)
    if request.state in {RequestState.APPROVED, RequestState.DECLINED}:
        review = request.last_review
        if review is None:
            return Moved("This request was approved outside of this application and adopted")
        return Moved(f"{review.given_by} {review.decision} this request at {at}")
    if request.state == RequestState.WITHDRAWN:
        return Moved(f"{_who_withdrew(request)} withdrew this request at {at}")
    return Moved(f"This request expired at {at}. Request the role again")


def is_withdrawn_by_stop(request: Request) -> bool:
    """Return whether another person withdrew the request, which only happens by a stop."""
    found = request.events.filter(kind="request.withdrawn")
    return found.exclude(actor_subject=request.beneficiary_subject).exists()


def _who_withdrew(request: Request) -> str:
    """Return the requester, or the administrator who stopped them."""
    event = request.events.filter(kind="request.withdrawn").first()
    return event.actor_email or "JIT Access" if event else request.beneficiary_email


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if at else "an unknown time"
