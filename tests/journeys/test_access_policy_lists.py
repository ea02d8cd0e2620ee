"""Lists say what the access policy requires before anything is typed, and the API shows the active text."""

from __future__ import annotations

import pytest

from eligibility import providers
from simulator import Simulator
from tests.conftest import PersonClient
from tests.eligibility.indexed_world import index_of
from tests.journeys.approvals import SECURITY, decide, pending_request
from tests.journeys.policies import Activate, policy, run
from tests.journeys.shop import ACTIVATE, COMPUTE, PROJECT, ROLES, activation_body
from tests.moments import now
from tests.policies.test_active_policy import OF_A_LATER_FORMAT, stored

pytestmark = pytest.mark.one_database


__all__ = ["policy"]

RULE = (
    "name: admins, when: {roles: [roles/compute.admin], folders: [folders/11]}, require: {"
    'duration: {max: 90m, default: 30m}, ticket: {label: Incident, pattern: "INC-[0-9]+"},'
    ' justification: {pattern: ".{10,}", hint: "At least 10 characters"}}'
)
REQUIRED: dict[str, object] = {
    "rule": "admins",
    "maxDuration": 90,
    "defaultDuration": 30,
    "ticket": {"label": "Incident", "pattern": "INC-[0-9]+"},
    "justification": {"pattern": ".{10,}", "hint": "At least 10 characters"},
    "approvals": [],
    "breakGlass": False,
}
OTHERWISE: dict[str, object] = {
    "rule": None,
    "maxDuration": 120,
    "defaultDuration": 60,
    "ticket": None,
    "justification": {"pattern": ".*", "hint": "Bug or case number"},
    "approvals": [],
    "breakGlass": False,
}
FOLDER = "cloudresourcemanager.folders.get"
POLICY = "/api/access-policy"


def required(person: PersonClient, role_id: str, *, anywhere: bool) -> dict[str, object]:
    if anywhere:
        rows = person.api_get("/api/eligible", pageSize="200").json()["eligible"]
    else:
        rows = person.api_get(ROLES).json()["entitlements"]
    (row,) = [row for row in rows if row["id"] == role_id]
    return {name: row[name] for name in REQUIRED}


def test_the_roles_of_a_project_say_what_is_required(
    alice: PersonClient, policy: Activate, simulated: Simulator
) -> None:
    assert required(alice, COMPUTE, anywhere=False) == OTHERWISE
    policy(RULE)
    assert required(alice, COMPUTE, anywhere=False) == REQUIRED
    assert required(alice, SECURITY, anywhere=False) == OTHERWISE
    assert simulated.calls.of(FOLDER)


@pytest.mark.parametrize("anywhere", [False, True])
def test_lists_from_the_index_use_its_folders(
    alice: PersonClient, policy: Activate, simulated: Simulator, anywhere: bool
) -> None:
    policy(RULE)
    index_of(simulated.company, now())
    assert required(alice, COMPUTE, anywhere=anywhere) == REQUIRED
    assert required(alice, SECURITY, anywhere=anywhere) == OTHERWISE
    assert not simulated.calls.of(FOLDER)


def test_administrators_and_auditors_read_the_active_policy(
    olga: PersonClient, audrey: PersonClient, policy: Activate
) -> None:
    assert olga.api_get(POLICY).status_code == 404
    policy(RULE)
    found = audrey.api_get(POLICY).json()
    assert found == olga.api_get(POLICY).json()
    assert found["text"] == run("export")
    assert found["sha256"] in policy(RULE)
    assert abs(found["activatedAt"] - now().timestamp()) < 3600


def test_the_policy_in_force_is_read_while_the_active_one_cannot_be(
    audrey: PersonClient, policy: Activate
) -> None:
    policy(RULE)
    good = audrey.api_get(POLICY).json()
    stored(OF_A_LATER_FORMAT)
    assert audrey.api_get(POLICY).json() == good


def test_the_policy_is_unavailable_while_no_version_can_be_read(audrey: PersonClient) -> None:
    stored(OF_A_LATER_FORMAT)
    answer = audrey.api_get(POLICY)
    assert answer.status_code == 503
    assert "cannot be read by this version" in answer.json()["message"]


def test_others_may_not_read_the_active_policy(alice: PersonClient, policy: Activate) -> None:
    policy(RULE)
    assert alice.api_get(POLICY).status_code == 403


# Calls to Google


@pytest.fixture
def warm(alice: PersonClient, simulated: Simulator) -> Simulator:
    alice.api_get(f"/api/projects/{PROJECT}/peers", id=SECURITY)
    alice.api_get(ROLES)
    providers.grantable_roles().is_grantable(PROJECT, "roles/viewer")
    simulated.calls.clear()
    return simulated


def test_a_policy_without_folders_makes_no_more_calls(
    alice: PersonClient, bob: PersonClient, policy: Activate, warm: Simulator
) -> None:
    policy(
        "name: a, when: {requesters: ['group:engineering@example.com']}, require: {duration: {max: 2h}}"
    )
    assert alice.api_post(ACTIVATE, activation_body(COMPUTE)).status_code == 200
    assert len(warm.calls) == 4
    request_id = pending_request(alice)
    warm.calls.clear()
    assert decide(bob, request_id, "approve").status_code == 200
    assert len(warm.calls) == 5


def test_a_rule_for_other_roles_reads_no_folders(
    alice: PersonClient, policy: Activate, warm: Simulator
) -> None:
    policy("name: a, when: {roles: [roles/viewer], folders: [folders/11]}")
    assert alice.api_post(ACTIVATE, activation_body(COMPUTE)).status_code == 200
    assert len(warm.calls) == 4


def test_folders_are_read_once_in_ten_minutes(
    alice: PersonClient, policy: Activate, warm: Simulator
) -> None:
    policy("name: a, when: {folders: [folders/11]}, require: {duration: {max: 2h}}")
    assert alice.api_post(ACTIVATE, activation_body(COMPUTE)).status_code == 200
    assert len(warm.calls.of(FOLDER)) == 3
    warm.calls.clear()
    assert alice.api_post(ACTIVATE, activation_body(COMPUTE)).status_code == 200
    assert not warm.calls.of(FOLDER)
