"""Effective policies."""

import pytest

from simulator import Simulator
from tests.simulator.client import Google, message

CRM = "//cloudresourcemanager.googleapis.com"
PLAIN = {"role": "roles/browser", "members": ["user:carol@example.com"]}


def attached(google: Google, project: str, scope: str) -> list[str]:
    status, body = google.effective(project, scope)
    assert status == 200, body
    policies = body["policyResults"][0].get("policies", [])
    return [each["attachedResource"].removeprefix(f"{CRM}/") for each in policies]


def test_policies_come_from_the_resource_upward_to_the_organization(google: Google) -> None:
    assert attached(google, "shop-staging", "organizations/7") == [
        "projects/shop-staging",
        "folders/11",
        "folders/10",
        "organizations/7",
    ]


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("folders/10", ["projects/shop-staging", "folders/11", "folders/10"]),
        ("folders/12", ["projects/shop-staging"]),
        ("projects/shop-staging", ["projects/shop-staging"]),
        ("projects/200000000002", ["projects/shop-staging"]),
    ],
)
def test_nothing_above_the_scope_is_told(google: Google, scope: str, expected: list[str]) -> None:
    assert attached(google, "shop-staging", scope) == expected


def test_conditions_are_complete(google: Google) -> None:
    _, body = google.effective("shop-prod")
    policy = body["policyResults"][0]["policies"][0]["policy"]
    assert policy == google.policy()


def test_answers_keep_the_order_of_the_names(google: Google) -> None:
    names = [f"{CRM}/projects/{name}" for name in ("payroll", "data-lake", "payroll")]
    _, body = google.get("/v1/organizations/7/effectiveIamPolicies:batchGet", names=names)
    assert [each["fullResourceName"] for each in body["policyResults"]] == names


def test_a_resource_without_any_policy_has_no_policies_key(google: Google) -> None:
    _, body = google.effective("jit-access-host", "projects/jit-access-host")
    assert list(body["policyResults"][0]) == ["fullResourceName"]


def test_twenty_names_fit_and_one_more_does_not(google: Google) -> None:
    names = [f"{CRM}/projects/payroll"] * 21
    address = "/v1/organizations/7/effectiveIamPolicies:batchGet"
    assert google.get(address, names=names[:20])[0] == 200
    answer = google.get(address, names=names)
    assert answer[0] == 400
    assert "maximum of 20" in message(answer)


def test_a_project_outside_the_scope_is_404(google: Google) -> None:
    assert google.effective("payroll", "folders/10")[0] == 404


def test_unknown_and_hidden_projects_are_404(sim: Simulator, google: Google) -> None:
    sim.company.add_project("hidden", visible=False)
    assert google.effective("mars")[0] == google.effective("hidden")[0] == 404


def test_a_bad_name_is_400(google: Google) -> None:
    address = "/v1/organizations/7/effectiveIamPolicies:batchGet"
    assert google.get(address, names="projects/payroll")[0] == 400


@pytest.mark.parametrize(("scope", "status"), [("organizations/8", 403), ("planets/1", 400)])
def test_a_bad_scope_is_refused(google: Google, scope: str, status: int) -> None:
    assert google.effective("payroll", scope)[0] == status


def test_a_lag_hides_recent_writes(sim: Simulator, google: Google) -> None:
    before = google.policy()
    google.add(PLAIN)
    sim.asset_lag = 3600
    _, body = google.effective("shop-prod")
    assert body["policyResults"][0]["policies"][0]["policy"] == before
    sim.asset_lag = 0
    _, body = google.effective("shop-prod")
    assert body["policyResults"][0]["policies"][0]["policy"] == google.policy()


def test_what_a_test_prepares_is_not_behind_unless_it_says_so(
    sim: Simulator, google: Google
) -> None:
    sim.asset_lag = 3600
    sim.company.put_policy("payroll", {"bindings": [PLAIN]})
    assert "roles/browser" in str(google.effective("payroll", "projects/payroll"))
    sim.company.put_policy("payroll", {"bindings": []}, settled=False)
    assert "roles/browser" in str(google.effective("payroll", "projects/payroll"))
