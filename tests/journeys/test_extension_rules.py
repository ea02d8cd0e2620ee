"""An extension meets the rules that are in force now, as a new request does, not those of the request before."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from activations.models import Grant
from simulator import Simulator
from tests.activations.evidence.recorded_history import differences
from tests.activations.pages.reading import Page
from tests.conftest import PersonClient
from tests.journeys.approvals import pending_request
from tests.journeys.policies import Activate, policy
from tests.journeys.shop import PROJECT, activate
from tests.journeys.stages import (
    JIT_ROLE,
    LEAD_THEN_SECURITY,
    LEADS,
    TWO_LEADS,
    approve,
    given,
    requested,
    rule,
    said,
    staff,
)
from tests.journeys.test_stop_person import stop

pytestmark = pytest.mark.one_database


__all__ = ["policy"]

Person = Callable[[str], PersonClient]
BOB = "bob@example.com"
ON_COMPUTE = 'roles: ["roles/compute.*"]'
BODY: dict[str, object] = {"activationTimeout": 60, "justification": "CASE-10"}


@pytest.fixture(autouse=True)
def _staff(simulated: Simulator) -> None:
    staff(simulated)


def address() -> str:
    """Return the address that extends Alice's only grant."""
    return f"/api/grants/{Grant.objects.get(state='active').pk}/extend"


def page_address() -> str:
    return f"/grants/{Grant.objects.get(state='active').pk}/extend"


def several_address() -> str:
    """Return the address of the page that extends all of Alice's access."""
    return f"/access/extend?{urlencode([('grant', one.pk) for one in Grant.objects.all()])}"


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


def approved_by_rule(alice: PersonClient, person: Person, policy: Activate) -> None:
    """Let Alice hold a role that people activate themselves, and for which a rule demanded approval."""
    policy(rule(TWO_LEADS, when=ON_COMPUTE))
    request_id = requested(alice, role=JIT_ROLE)
    for lead in LEADS[:2]:
        approve(person(lead), request_id)


def test_access_that_a_rule_had_approved_is_extended_without_approval_when_the_rule_is_gone(
    alice: PersonClient, person: Person, policy: Activate
) -> None:
    approved_by_rule(alice, person, policy)
    policy()
    form = Page(alice.get(page_address()))
    assert "The new time starts now" in form.text
    for body in (BODY, BODY | {"peers": [BOB], "activationTimeout": 90}):
        answer = alice.api_post(address(), body)
        assert said(answer) == (200, "")
        assert (answer.json()["status"], answer.json()["activationType"]) == ("ACTIVE", "JIT")
    assert not differences()


def test_access_that_a_rule_had_approved_needs_approval_while_the_rule_is_in_force(
    alice: PersonClient, person: Person, policy: Activate
) -> None:
    approved_by_rule(alice, person, policy)
    assert "needs approval again" in Page(alice.get(page_address())).text
    answer = alice.api_post(address(), BODY)
    assert (answer.json()["status"], given(answer)) == ("ACTIVATION_PENDING", [(2, 0)])


def test_an_extension_that_is_sent_again_after_the_rules_changed_is_the_same(
    alice: PersonClient, person: Person, policy: Activate
) -> None:
    approved_by_rule(alice, person, policy)
    again = {"Idempotency-Key": "once"}
    first = alice.api_post(address(), BODY, **again)
    policy()
    second = alice.api_post(address(), BODY, **again)
    assert second.status_code == 200, second.content
    assert second.json()["requestId"] == first.json()["requestId"]


def test_several_extensions_ask_for_approval_only_where_the_rules_demand_it_now(
    alice: PersonClient, bob: PersonClient, person: Person, policy: Activate
) -> None:
    approved_by_rule(alice, person, policy)
    policy()
    asks = "Roles that need approval are extended at the approval"
    activate(alice, f"{PROJECT}:roles/dns.admin", minutes=10)
    assert asks not in Page(alice.get(several_address())).text
    approve(bob, pending_request(alice, BOB))
    assert asks in Page(alice.get(several_address())).text


def test_the_page_offers_reviewers_when_a_rule_demands_approval_since(
    alice: PersonClient, policy: Activate
) -> None:
    activate(alice, JIT_ROLE, minutes=10)
    policy(rule(TWO_LEADS, when=ON_COMPUTE))
    page = Page(alice.get(page_address()))
    assert "needs approval again" in page.text
    assert LEADS[0] in page.text
