"""A decision on a request that was read before the previous approval was stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from django.db import connection

from activations.domain.caller import Caller
from activations.iam.dependencies import current_dependencies
from activations.models import Event, Request, Review, User
from activations.people.actor import Actor
from activations.services.approval import approve as decide_to_approve
from activations.services.review import decline
from simulator import Simulator
from tests.conftest import PersonClient
from tests.journeys.policies import Activate, policy
from tests.journeys.stages import (
    LEAD_THEN_SECURITY,
    LEADS,
    SECURITY,
    TWO_LEADS,
    approve,
    requested,
    rule,
    staff,
)
from tests.journeys.test_stage_rules import Person

__all__ = ["policy"]

TWICE_LEADS = (
    'stages: [{from: ["group:leads@example.com"], count: 1},'
    ' {from: ["group:leads@example.com"], count: 2}]'
)

pytestmark = pytest.mark.one_database


def actor(person: PersonClient) -> Actor:
    person.api_get("/api/policy")
    user = User.objects.get(email=person.email)
    return Actor(user, Caller(user.email, user.subject), "https://jit.example.com")


def stale(alice: PersonClient, person: Person) -> Request:
    """Return a request as it was read before its first stage was approved."""
    requested(alice)
    found = Request.objects.get()
    assert approve(person(LEADS[0]), str(found.pk)).status_code == 200
    return found


def test_a_stage_is_opened_once(
    alice: PersonClient, person: Person, policy: Activate, simulated: Simulator
) -> None:
    staff(simulated)
    policy(rule(TWICE_LEADS))
    before = stale(alice, person)
    opened = Request.objects.get().stage_opened_at
    decide_to_approve(
        request=before,
        actor=actor(person(LEADS[1])),
        comment="",
        dependencies=current_dependencies(),
    )
    assert [one.stage for one in Review.objects.order_by("pk")] == [1, 2]
    assert Event.objects.filter(kind="request.stage_opened").count() == 1
    assert Request.objects.get().stage_opened_at == opened


def test_the_next_stage_is_approved(
    alice: PersonClient, person: Person, policy: Activate, simulated: Simulator
) -> None:
    staff(simulated)
    policy(rule(LEAD_THEN_SECURITY))
    decided = decide_to_approve(
        request=stale(alice, person),
        actor=actor(person(SECURITY[0])),
        comment="",
        dependencies=current_dependencies(),
    )
    assert decided.state == "approved"


def test_the_next_stage_declines(
    alice: PersonClient, person: Person, policy: Activate, simulated: Simulator
) -> None:
    staff(simulated)
    policy(rule(LEAD_THEN_SECURITY))
    decline(
        request=stale(alice, person),
        actor=actor(person(SECURITY[0])),
        comment="no",
        dependencies=current_dependencies(),
    )
    assert [one.stage for one in Review.objects.order_by("pk")] == [1, 2]


@contextmanager
def before_reading(number: int, of: str, happen: Callable[[], object]) -> Iterator[None]:
    """Let something happen before a table's rows are read for this time, counted from 1."""
    readings = 0

    def run(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal readings
        if sql.startswith(f'SELECT "{of}".'):
            readings += 1
            if readings == number:
                happen()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(run):
        yield


def test_the_same_approval_that_is_stored_meanwhile_counts_once(
    alice: PersonClient, person: Person, policy: Activate, simulated: Simulator
) -> None:
    staff(simulated)
    policy(rule(TWO_LEADS))
    request_id = requested(alice)
    lead = person(LEADS[0])
    # The API reads the reviews first, then who reviewed before, then what the decision depends on.
    again = partial(approve, person(LEADS[0]), request_id)
    with before_reading(3, "activations_review", again):
        assert approve(lead, request_id).status_code == 200
    assert Review.objects.count() == 1
