"""Writes that IAM would refuse are refused before a reviewer is asked and before the request is recorded."""

from __future__ import annotations

import pytest

from activations.models import Grant, Request
from tests.journeys.approvals import SET, ask, decide, pending_request
from tests.journeys.shop import COMPUTE, PROJECT, activate

pytestmark = pytest.mark.one_database


JIT = "has({}.jitAccessConstraint)"


def refused(answer, *words: str) -> None:
    assert answer.status_code == 400, answer.content
    for word in words:
        assert word in answer.json()["message"]
    assert not Request.objects.exists()


def test_the_refusal_for_a_full_policy_names_the_limit(alice, simulated):
    people = [f"user:p{number}@example.com" for number in range(1500)]
    policy = simulated.company.policy(PROJECT)
    for email in people:
        simulated.company.add_user(email.removeprefix("user:"))
    policy["bindings"].append({"role": "roles/browser", "members": people})
    simulated.company.put_policy(PROJECT, policy)
    refused(activate(alice), "full", "1,500")
    refused(ask(alice), "full", "1,500")
    assert not simulated.calls.of(SET)


def test_the_refusal_of_the_twenty_first_condition_names_the_limit(alice, simulated):
    for number in range(20):
        simulated.company.bind(
            PROJECT,
            "roles/compute.admin",
            "user:alice@example.com",
            f'resource.name == "{number}"',
            title=f"By hand {number}",
        )
    refused(activate(alice), "20")


def test_a_role_that_is_held_permanently_is_refused(alice, simulated):
    simulated.company.bind(PROJECT, "roles/compute.admin", "user:alice@example.com")
    refused(activate(alice), "already have roles/compute.admin")


def test_a_reviewer_reads_that_the_requester_holds_the_role_already(alice, bob, simulated):
    request_id = pending_request(alice)
    simulated.company.bind(PROJECT, "roles/iam.securityAdmin", "user:alice@example.com")
    answer = decide(bob, request_id, "approve")
    assert answer.status_code == 400
    assert answer.json()["message"] == (
        "There is nothing to activate for alice@example.com: they already have"
        " roles/iam.securityAdmin on this project without a time limit."
    )
    assert "You " not in Grant.objects.get().failure


def test_the_refusal_names_a_role_that_projects_do_not_support(alice, simulated):
    role = "roles/resourcemanager.folderAdmin"
    simulated.company.bind("folders/12", role, "user:alice@example.com", JIT)
    refused(activate(alice, f"{PROJECT}:{role}"), role, "cannot be granted")


def test_a_person_who_is_not_eligible_gets_not_allowed_first(charlie, simulated):
    simulated.company.bind(PROJECT, "roles/compute.admin", "user:charlie@example.com")
    assert activate(charlie).status_code == 403


def test_the_refusal_explains_basic_roles(alice, simulated):
    # IAM refuses conditions on basic roles in a project's policy, so the folder has the binding.
    policy = simulated.company.policy("folders/12")
    policy["bindings"] = [
        *policy.get("bindings", []),
        {
            "role": "roles/editor",
            "members": ["user:alice@example.com"],
            "condition": {"title": "Eligible", "expression": JIT},
        },
    ]
    simulated.company.put_policy("folders/12", policy)
    refused(activate(alice, f"{PROJECT}:roles/editor"), "basic role")


@pytest.mark.parametrize("status", [403, 503])
def test_without_an_answer_of_iam_the_write_decides(alice, simulated, no_retry_delay, status):
    simulated.faults.add("iam.roles.queryGrantableRoles", status=status, times=None)
    assert activate(alice, COMPUTE).status_code == 200


def test_requests_beyond_the_limit_per_minute_are_refused_with_a_time(alice, settings):
    settings.REQUESTS_PER_MINUTE = 2
    assert [activate(alice).status_code for _ in range(3)] == [200, 200, 429]
    answer = activate(alice)
    assert int(answer["Retry-After"]) >= 1
