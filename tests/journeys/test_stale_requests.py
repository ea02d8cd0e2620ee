"""A decision on a request that was read before the previous approval was stored."""

from __future__ import annotations

import pytest

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
