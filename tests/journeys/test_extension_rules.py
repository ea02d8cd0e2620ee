"""An extension meets the rules that are in force now, as a new request does, not those of the request before."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from activations.models import Grant
from simulator import Simulator
from tests.conftest import PersonClient
from tests.journeys.approvals import pending_request
from tests.journeys.policies import Activate, policy
from tests.journeys.stages import LEAD_THEN_SECURITY, LEADS, approve, given, rule, said, staff
from tests.journeys.test_stop_person import stop

pytestmark = pytest.mark.one_database


__all__ = ["policy"]

Person = Callable[[str], PersonClient]
BOB = "bob@example.com"
BODY: dict[str, object] = {"activationTimeout": 60, "justification": "CASE-10"}


@pytest.fixture(autouse=True)
def _staff(simulated: Simulator) -> None:
    staff(simulated)


def address() -> str:
    """Return the address that extends Alice's only grant."""
    return f"/api/grants/{Grant.objects.get(state='active').pk}/extend"


def test_stages_since_the_last_request_ask_everybody_of_the_first_one(
    alice: PersonClient, bob: PersonClient, policy: Activate
) -> None:
    approve(bob, pending_request(alice))
    policy(rule(LEAD_THEN_SECURITY))
    refused = said(alice.api_post(address(), BODY | {"peers": [BOB]}))
    assert refused[0] == 400
    assert f"{BOB} cannot approve in stage 1" in refused[1]
    answer = alice.api_post(address(), BODY)
    assert (answer.status_code, given(answer)) == (200, [(1, 0), (1, 0)])
    assert [one["email"] for one in answer.json()["reviewers"]] == LEADS


def test_stages_do_not_need_the_reviewers_of_the_last_request(
    alice: PersonClient, bob: PersonClient, olga: PersonClient, policy: Activate
) -> None:
    approve(bob, pending_request(alice, BOB))
    stop(olga, BOB)
    refused = said(alice.api_post(address(), BODY))
    assert refused[0] == 400
    assert f"{BOB} cannot review at the moment" in refused[1]
    policy(rule(LEAD_THEN_SECURITY))
    assert said(alice.api_post(address(), BODY)) == (200, "")
