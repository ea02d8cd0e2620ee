"""Compares the successful answers that people got with the database."""

from __future__ import annotations

from collections.abc import Iterable

from activations.domain.states import GrantState
from activations.models import Grant, Request
from tests.ledger.workload import Success

STOOD = {GrantState.ACTIVE, GrantState.ENDED}


def lost_changes(successes: Iterable[Success]) -> list[str]:
    """Return the successful answers that the database does not confirm."""
    return [f"{one}: {wrong}" for one in successes if (wrong := _wrong(one))]


def _wrong(success: Success) -> str:
    if success.what == "end":
        state = Grant.objects.values_list("state", flat=True).get(pk=success.subject)
        return "" if state == GrantState.ENDED else f"the grant is {state}"
    request = Request.objects.filter(pk=success.subject).first()
    if request is None:
        return "there is no such request"
    states = set(request.grants.values_list("state", flat=True))
    if success.status == "ACTIVE":
        return "" if states and states <= STOOD else f"the grants are {states}"
    if success.status == "DECLINED" and request.state != "declined":
        return f"the request is {request.state}"
    return ""
