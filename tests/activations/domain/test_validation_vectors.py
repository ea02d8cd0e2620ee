"""The original's cases of validation: those of self-activation are tested, the others explained."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from activations.domain import rules
from activations.iam.dependencies import current_limits
from jitaccess.version import VERSION
from simulator import Simulator
from tests.conftest import PersonClient
from tests.jitaccess.cases import cases, vectors
from tests.journeys.shop import ACTIVATE, COMPUTE, PROJECT, TEN_ROLES, activate, activation_body

pytestmark = pytest.mark.one_database

REASON = "an invalid call is answered with 400 and the reason"
ELSEWHERE = "tests/eligibility: the catalog's own cases"
EXPLAINED = {
    "duration_below_min": "minutes are whole: the only shorter duration, 0, is caught before with"
    " 'The duration must be positive', the original's answer over HTTP too",
    "derived_self_activate_justification_100": "up to 1,000 characters",
    "derived_self_activate_too_long": REASON,
    "derived_self_activate_bad_justification": f"{REASON}; the message is the same",
    "list_scopes_by_query": ELSEWHERE,
    "list_scopes_by_policy": ELSEWHERE,
    "list_entitlements_asks_for_both_types": ELSEWHERE,
}
HELD = {
    "duration_exceeds_max",
    "can_activate_entitlement_not_found",
    "can_request_allowed",
    "jit_request_too_many_entitlements",
    "self_activate_blank_project",
}


APPROVAL = {
    *("reviewers_missing", "reviewers_exceed_max", "reviewers_ok"),
    *("list_reviewers_holds_other_role", "can_request_not_allowed", "can_approve_allowed"),
    *("approve_by_requester", "approve_by_non_reviewer", "approve_bad_justification"),
    *("approve_reviewer_not_eligible", "request_blank_project", "request_no_role"),
    *("request_too_few_peers", "request_no_justification", "request_notifications_unavailable"),
    "derived_request_duplicate_peers_below_min",
}


def test_every_case_is_tested_or_explained() -> None:
    """Other tests cover the cases of approval."""
    known = (HELD, EXPLAINED.keys(), APPROVAL)
    assert cases("activation_validation").keys() == set().union(*known)
    assert sum(map(len, known)) == len(cases("activation_validation"))


@vectors("activation_validation", names={"duration_exceeds_max"})
def test_a_duration_beyond_the_limit(given: dict[str, Any], expected: dict[str, Any]) -> None:
    longest = timedelta(minutes=given["options"]["max_activation_minutes"])
    with pytest.raises(rules.Refusal) as refusal:
        rules.check_duration(
            given["request"]["duration_seconds"] // 60,
            limits=replace(current_limits(), longest=longest),
        )
    assert str(refusal.value) == expected["message"]


def test_a_role_without_eligibility_is_refused(charlie: PersonClient) -> None:
    expected = cases("activation_validation")["can_activate_entitlement_not_found"]["expected"]
    wanted = expected["message"].replace("user@example.com", charlie.email)
    message = activate(charlie).json()["message"]
    assert message == wanted.replace("project-1:roles/resourcemanager.role1", COMPUTE)


def test_an_eligible_role_is_accepted(alice: PersonClient) -> None:
    assert activate(alice).status_code == 200


def test_too_many_roles(alice: PersonClient) -> None:
    expected = cases("activation_validation")["jit_request_too_many_entitlements"]["expected"]
    answer = activate(alice, *TEN_ROLES, f"{PROJECT}:roles/one.more")
    assert (answer.status_code, answer.json()["message"]) == (400, expected["message"])


@pytest.mark.parametrize(
    ("name", "status", "message"),
    [
        ("derived_self_activate_justification_100", 403, "is not allowed to activate"),
        ("derived_self_activate_too_long", 400, "must be no longer than 120 minutes"),
        ("derived_self_activate_bad_justification", 400, "Justification does not meet criteria: "),
    ],
)
def test_cases_that_the_original_answers_differently(
    name: str, status: int, message: str, alice: PersonClient, settings: Settings
) -> None:
    given = cases("activation_validation")[name]["input"]
    if name == "derived_self_activate_bad_justification":
        settings.JUSTIFICATION_PATTERN = r"^CASE-\d+$"
    body = given["body"] | {"entitlementIds": [f"{PROJECT}:roles/nobody.has"]}
    answer = alice.api_post(ACTIVATE, body)
    assert answer.status_code == status
    assert message in answer.json()["message"]


@pytest.mark.parametrize("name", ["policy", "derived_policy_defaults"])
def test_the_policy_is_the_originals(
    name: str, alice: PersonClient, simulated: Simulator, settings: Settings
) -> None:
    case = cases("rest_actions")[name]
    settings.JUSTIFICATION_HINT = case["input"]["hint"]
    settings.ACTIVATION_TIMEOUT = timedelta(minutes=case["input"]["max_activation_minutes"])
    own = {"signedInUser": {"email": alice.email}, "applicationVersion": VERSION}
    assert alice.api_get("/api/policy").json() == case["expected"]["body"] | own
    assert len(simulated.calls.google) == 0


@pytest.mark.parametrize("key", ["x" * 129, "a\tb", "a\x7fb"])
def test_an_idempotency_key_must_be_printable_and_short(key: str, alice: PersonClient) -> None:
    answer = activate(alice, key=key)
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["message"]


def test_a_key_belongs_to_one_person(alice: PersonClient, bob: PersonClient) -> None:
    key = {"Idempotency-Key": "k" * 128}
    assert activate(alice, key=key["Idempotency-Key"]).status_code == 200
    assert activate(bob, key=key["Idempotency-Key"]).status_code in {200, 403}
    assert alice.api_get("/api/requests").json()["requests"][0]["beneficiary"] == {
        "email": alice.email
    }


def test_a_failed_call_may_be_sent_again_with_its_key(
    alice: PersonClient, simulated: Simulator, no_retry_delay: object
) -> None:
    key = {"Idempotency-Key": "again"}
    simulated.faults.add("cloudasset.*", status=403, times=1)
    assert activate(alice, key=key["Idempotency-Key"]).status_code == 403
    simulated.faults.clear()
    assert activate(alice, key=key["Idempotency-Key"]).status_code == 200


def test_a_key_ignores_the_order_of_roles(alice: PersonClient) -> None:
    key = {"Idempotency-Key": "order"}
    first = activate(alice, *TEN_ROLES[:3], key=key["Idempotency-Key"])
    second = alice.api_post(ACTIVATE, activation_body(*reversed(TEN_ROLES[:3])), **key)
    assert first.json()["requestId"] == second.json()["requestId"]
