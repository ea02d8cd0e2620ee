"""Requests and grants take each step once, and only steps of the documented diagram."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from activations.domain.states import GrantState, RequestState
from activations.iam.transitions import IllegalTransition, move, move_request
from activations.models import Event, Grant, Request
from tests.activations.admin import history
from tests.activations.domain.drawn import drawn_steps
from tests.activations.rows import ALICE, NOON, grant, request
from tests.rewriting import rewrite

EARLIER = NOON - timedelta(seconds=1)
DECIDED = sorted(set(RequestState) - {RequestState.PENDING})

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def go(one: Grant, target: GrantState) -> None:
    with transaction.atomic():
        move(one, target, actor=ALICE, now=NOON, details={})


@pytest.mark.parametrize("target", GrantState)
@pytest.mark.parametrize("state", GrantState)
def test_grants_take_only_documented_steps(state: GrantState, target: GrantState) -> None:
    one = grant(request(), state)
    one.failure, one.end_reason = "mock", "expired"
    is_drawn = (state, target) in drawn_steps("grant")
    if is_drawn:
        go(one, target)
        assert Event.objects.get().kind == f"grant.{target.value}"
    else:
        with pytest.raises(IllegalTransition):
            go(one, target)
        assert not Event.objects.exists()
    one.refresh_from_db()
    assert one.state == (target if is_drawn else state)


def test_only_one_of_two_concurrent_writers_takes_a_step() -> None:
    first = grant(request(), GrantState.PROVISIONING)
    second = Grant.objects.get(pk=first.pk)
    go(first, GrantState.ACTIVE)
    second.failure = "mock"
    with pytest.raises(IllegalTransition, match="no longer provisioning"):
        go(second, GrantState.FAILED)
    assert Event.objects.count() == 1
    assert Grant.objects.get().state == "active"


def pending_request(state: RequestState) -> Request:
    """Create a request that expires at noon."""
    return history.request(state=state, expires_at=NOON, **history.MPA)


def go_request(one: Request, target: RequestState, now: datetime) -> None:
    with transaction.atomic():
        move_request(one, target, actor=ALICE, now=now, comment="mock")


@pytest.mark.parametrize("target", RequestState)
@pytest.mark.parametrize("state", RequestState)
def test_requests_take_only_documented_steps(state: RequestState, target: RequestState) -> None:
    one = pending_request(state)
    is_drawn = (state, target) in drawn_steps("request")
    if is_drawn:
        go_request(one, target, EARLIER)
        event = Event.objects.get(comment="mock")
        assert (event.kind, event.was, event.became) == (f"request.{target.value}", state, target)
    else:
        with pytest.raises(IllegalTransition):
            go_request(one, target, EARLIER)
        assert not Event.objects.filter(comment="mock").exists()
    one.refresh_from_db()
    assert one.state == (target if is_drawn else state)


@pytest.mark.parametrize("target", [RequestState.APPROVED, RequestState.DECLINED])
def test_an_expired_request_cannot_be_decided(target: RequestState) -> None:
    one = pending_request(RequestState.PENDING)
    with pytest.raises(IllegalTransition):
        go_request(one, target, NOON)
    go_request(one, RequestState.EXPIRED, NOON)
    one.refresh_from_db()
    assert one.state == "expired"


@pytest.mark.parametrize("second", DECIDED)
@pytest.mark.parametrize("first", DECIDED)
def test_only_one_of_two_concurrent_decisions_counts(
    first: RequestState, second: RequestState
) -> None:
    one = pending_request(RequestState.PENDING)
    other = Request.objects.get(pk=one.pk)
    go_request(one, first, EARLIER)
    with pytest.raises(IllegalTransition, match="no longer pending"):
        go_request(other, second, EARLIER)
    assert Event.objects.filter(comment="mock").count() == 1
    other.refresh_from_db()
    assert other.state == first


CONTRADICTIONS: dict[str, Callable[[Any], Any]] = {
    "an unknown state": lambda _: rewrite(Grant.objects, state="limbo"),
    "an end before the start": lambda _: rewrite(Grant.objects, end_time=NOON),
    "ended without a reason": lambda _: rewrite(Grant.objects, state="ended", end_reason=""),
    "failed without a message": lambda _: rewrite(Grant.objects, state="failed", failure=""),
    "the same role twice": lambda made: grant(made, role="roles/r0"),
    "an unknown request state": lambda _: rewrite(Request.objects, state="limbo"),
    "an unknown type": lambda _: rewrite(Request.objects, activation_type="XYZ"),
    "no minutes": lambda _: rewrite(Request.objects, minutes=0),
    "no justification": lambda _: rewrite(Request.objects, justification=""),
    "self-approved and pending": lambda _: rewrite(Request.objects, state="pending"),
}


@pytest.mark.parametrize("contradict", CONTRADICTIONS.values(), ids=CONTRADICTIONS.keys())
def test_the_database_refuses_contradictory_rows(contradict: Callable[[Any], Any]) -> None:
    made = request(GrantState.ACTIVE)
    with pytest.raises((IntegrityError, DatabaseError)), transaction.atomic():
        contradict(made)


def test_one_key_makes_one_request_per_person() -> None:
    request(idempotency_key="k")
    with pytest.raises(IntegrityError), transaction.atomic():
        request(idempotency_key="k")
    request(idempotency_key="")
    request(idempotency_key="")
