"""`/api/explain` names the rule of the access policy that decides, and counts who can approve under it."""

from __future__ import annotations

from typing import Any

import pytest

from simulator import Simulator
from tests.activations.pages.reading import Page
from tests.conftest import PersonClient
from tests.journeys.policies import Activate, policy
from tests.journeys.shop import PROJECT
from tests.journeys.stages import rule, staff
from tests.journeys.test_explain import EMAIL, explained, steps
from tests.policies.test_active_policy import stored

pytestmark = pytest.mark.one_database


__all__ = ["policy"]

SECURITY_ADMIN, COMPUTE = "roles/iam.securityAdmin", "roles/compute.admin"
LEADS_THEN_SECURITY = (
    'stages: [{from: [peers, "group:leads@example.com"], count: 2},'
    ' {from: ["group:security@example.com"], count: 1}]'
)
ALL = 'projects: ["*"]'


@pytest.fixture(autouse=True)
def _staff(simulated: Simulator) -> None:
    staff(simulated)


def about(person: PersonClient, role: str = COMPUTE, **more: str) -> Any:
    return explained(person, project=PROJECT, role=role, **more)


def test_without_a_policy_the_step_says_so(alice: PersonClient) -> None:
    answer = about(alice)
    assert steps(answer, "rule", "pass") == [
        "No access policy is active. A request is for at most 2 h."
    ]
    assert answer["verdict"] == "eligible"


def test_no_matching_rule_is_told(alice: PersonClient, policy: Activate) -> None:
    policy(rule(LEADS_THEN_SECURITY))
    [text] = steps(about(alice), "rule", "pass")
    assert text == "No rule matches this role on this project. A request is for at most 2 h."


def test_the_deciding_rule_is_named_with_its_demands(alice: PersonClient, policy: Activate) -> None:
    policy(
        'name: prod, require: {duration: {max: 30m}, justification: {pattern: ".{5,}", hint: Say why},'
        ' ticket: {label: Incident, pattern: "INC-[0-9]+"}}',
        "name: later",
    )
    [text] = steps(about(alice), "rule", "pass")
    assert text == ("The rule 'prod' decides: at most 30 min; Incident; justification: Say why.")


def test_a_role_that_people_activate_themselves_is_explained_as_needing_approval(
    alice: PersonClient, policy: Activate
) -> None:
    policy(rule(LEADS_THEN_SECURITY, when=ALL))
    answer = about(alice)
    assert (answer["verdict"], answer["activationType"]) == ("eligible", "MPA")
    [text] = steps(answer, "rule", "pass")
    assert "approval by 2 of peers or leads@example.com, then 1 of security@example.com" in text
    [text] = steps(answer, "reviewers", "pass")
    assert "2 of security@example.com, 1 needed" in text
    page = Page(alice.get("/explain", {"project": PROJECT, "role": COMPUTE}))
    assert f"You can request {COMPUTE} on {PROJECT}; somebody else must approve" in page.text


def test_a_stage_that_cannot_be_filled_fails(
    alice: PersonClient, olga: PersonClient, policy: Activate, simulated: Simulator
) -> None:
    simulated.company.add_group("tiny@example.com", [EMAIL])
    policy(
        rule(
            'stages: [{from: ["group:leads@example.com"], count: 1},'
            ' {from: ["group:tiny@example.com"], count: 1}]',
            when=ALL,
        )
    )
    answer = about(alice, SECURITY_ADMIN)
    assert answer["verdict"] == "not_eligible"
    [text] = steps(answer, "reviewers", "fail")
    assert text == (
        "Stage 2 cannot be approved by enough different people. Candidates: 4 of leads@example.com,"
        " 1 needed, then 0 of tiny@example.com, 1 needed."
    )
    assert about(olga, SECURITY_ADMIN, user=EMAIL)["verdict"] == "not_eligible"


def test_unread_groups_of_a_stage_are_called_unknown(
    alice: PersonClient, policy: Activate, simulated: Simulator, no_retry_delay: Any
) -> None:
    policy(rule('stages: [{from: ["group:no-such@example.com"], count: 1}]', when=ALL))
    answer = about(alice)
    assert answer["verdict"] == "unknown"
    assert "no-such@example.com cannot be read" in steps(answer, "reviewers", "unknown")[0]


def test_unread_folders_make_the_rule_unknown(
    alice: PersonClient, policy: Activate, simulated: Simulator, no_retry_delay: Any
) -> None:
    policy(rule(LEADS_THEN_SECURITY, when='folders: ["folders/11"]'))
    simulated.faults.add("cloudresourcemanager.folders.get", status=403, times=None)
    answer = about(alice)
    assert answer["verdict"] == "unknown"
    [text] = steps(answer, "rule", "unknown")
    assert "depends on the folders above shop-prod" in text


def test_unread_groups_of_the_person_make_the_rule_unknown(
    alice: PersonClient, policy: Activate, simulated: Simulator, no_retry_delay: Any
) -> None:
    policy(rule(LEADS_THEN_SECURITY, when='requesters: ["group:contractors@example.com"]'))
    simulated.faults.add("directory.groups.list", status=503, times=None)
    answer = about(alice)
    assert answer["verdict"] == "unknown"
    assert steps(answer, "rule", "unknown")


def test_a_policy_that_cannot_be_applied_makes_the_rule_unknown(alice: PersonClient) -> None:
    stored("version: 2\nrules: []\n")
    answer = about(alice)
    assert answer["verdict"] == "unknown"
    assert steps(answer, "rule", "unknown")
