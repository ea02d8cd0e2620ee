"""A policy that becomes active during a check is noticed before anything is recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from activations.domain.caller import Caller
from activations.domain.request_details import RequestDetails
from activations.iam.dependencies import Dependencies, current_dependencies
from activations.models import Event, Grant, Request, User
from activations.people.actor import Actor
from activations.services.access_rules import PolicyChanged
from activations.services.approval import approve
from activations.services.approval_request import ApprovalInput, request_approval
from activations.services.self_activation import SelfActivation, self_activate
from tests.conftest import PersonClient
from tests.journeys.approvals import SECURITY, pending_request
from tests.journeys.policies import Activate, policy
from tests.journeys.shop import COMPUTE, PROJECT

__all__ = ["policy"]

DETAILS = RequestDetails(30, "CASE-1")


class Between:
    """Google's facts, after which something happens."""

    def __init__(self, happens: Callable[[], object]) -> None:
        self._catalog, self._happens = current_dependencies().catalog, happens

    def __getattr__(self, name: str) -> Any:
        def look_up(**arguments: Any) -> Any:
            found = getattr(self._catalog, name)(**arguments)
            self._happens()
            return found

        return look_up


@pytest.fixture
def changed(policy: Activate) -> Dependencies:
    """Dependencies with which another policy becomes active while facts are read."""
    catalog: Any = Between(lambda: policy("name: strict, require: {duration: {max: 5m}}"))
    return replace(current_dependencies(), catalog=catalog)


def actor(person: PersonClient) -> Actor:
    person.api_get("/api/policy")
    user = User.objects.get(email=person.email)
    return Actor(user, Caller(user.email, user.subject), "https://jit.example.com")


def test_a_self_activation_starts_under_the_active_policy_only(
    alice: PersonClient, changed: Dependencies
) -> None:
    asked = SelfActivation(PROJECT, (COMPUTE,), DETAILS)
    with pytest.raises(PolicyChanged, match="Try again"):
        self_activate(asked=asked, actor=actor(alice), dependencies=changed)
    assert not Request.objects.exists()


def test_a_request_is_made_under_the_active_policy_only(
    alice: PersonClient, changed: Dependencies
) -> None:
    asked = ApprovalInput(PROJECT, SECURITY, ("bob@example.com",), DETAILS)
    with pytest.raises(PolicyChanged):
        request_approval(asked=asked, actor=actor(alice), dependencies=changed)
    assert not Request.objects.exists()


def test_an_approval_is_given_under_the_active_policy_only(
    alice: PersonClient, bob: PersonClient, changed: Dependencies
) -> None:
    made = Request.objects.get(pk=pending_request(alice))
    with pytest.raises(PolicyChanged):
        approve(request=made, actor=actor(bob), comment="", dependencies=changed)
    made.refresh_from_db()
    assert (made.state, made.granted_policy_sha256) == ("pending", "")
    assert not Grant.objects.exists()
    assert not Event.objects.filter(kind="request.approved").exists()
