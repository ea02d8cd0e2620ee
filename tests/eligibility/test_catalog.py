"""The catalog on a simulated cloud: number of calls, caching and refusals."""

from datetime import timedelta
from typing import Any

import pytest

from eligibility.asset_inventory import AssetInventoryCatalog
from eligibility.entitlements import ActivationType, ProjectRole
from eligibility.facts import Facts
from eligibility.judgement import NotEligible, check_eligible, entitlements_of
from eligibility.validity import Period
from googlecloud.errors import Denied, GoogleCloudError, NotFound, TimedOut
from simulator import Simulator
from tests.eligibility.cases import JIT, MPA, NOON

ALICE = "alice@example.com"
WHO = {"user": ALICE, "project_id": "playground"}
BROWSER = ProjectRole("playground", "roles/browser")


@pytest.fixture(autouse=True)
def own_project(sim: Simulator) -> None:
    sim.company.add_folder("99", parent="organizations/7")
    sim.company.add_project("playground", parent="folders/99")


def roles(facts: Facts, **rest: Any) -> list[str]:
    found = entitlements_of(facts, wanted=Period.of(NOON, timedelta(hours=1)), **rest).available
    return [holding.project_role.role for holding in found]


def refuse(facts: Facts, *wanted: ProjectRole) -> str:
    with pytest.raises(NotEligible) as refusal:
        check_eligible(facts, wanted, ActivationType.JIT, wanted=None)
    return str(refusal.value)


def test_a_list_makes_two_concurrent_calls(sim: Simulator, catalog: AssetInventoryCatalog) -> None:
    sim.company.bind("playground", "roles/browser", f"user:{ALICE}", JIT)
    catalog.facts(**WHO)
    sim.calls.clear()
    sim.latency = 0.3
    assert roles(catalog.facts(**WHO)) == ["roles/browser"]
    assert (len(sim.calls.google), sim.calls.google.depth()) == (2, 1)


def test_a_decision_makes_three_concurrent_calls(
    sim: Simulator, catalog: AssetInventoryCatalog
) -> None:
    sim.company.bind("playground", "roles/browser", f"user:{ALICE}", JIT)
    catalog.facts(**WHO)
    sim.calls.clear()
    sim.latency = 0.3
    check_eligible(catalog.decision_facts(**WHO), [BROWSER], ActivationType.JIT, wanted=None)
    assert (len(sim.calls.google), sim.calls.google.depth()) == (3, 1)


def test_roles_come_from_all_levels_and_through_nested_groups(
    sim: Simulator, catalog: AssetInventoryCatalog
) -> None:
    sim.company.add_group("inner@example.com", members=[ALICE])
    sim.company.add_group("outer@example.com", members=["inner@example.com"])
    sim.company.bind("organizations/7", "roles/a", "group:outer@example.com", JIT)
    sim.company.bind("folders/99", "roles/b", "group:inner@example.com", MPA)
    sim.company.bind("playground", "roles/c", f"user:{ALICE}", JIT)
    facts = catalog.decision_facts(**WHO)
    assert set(roles(facts)) >= {"roles/a", "roles/b", "roles/c"}
    assert "roles/b" in roles(facts, types=[ActivationType.MPA])
    assert "roles/a" not in roles(facts, types=[ActivationType.MPA])


def test_a_role_that_just_became_eligible_may_be_activated(
    sim: Simulator, catalog: AssetInventoryCatalog
) -> None:
    before = sim.company.put_policy("playground", {})
    sim.asset_lag = 3600
    binding = {"role": "roles/browser", "members": [f"user:{ALICE}"]}
    eligible = binding | {"condition": {"title": "Eligible", "expression": JIT}}
    sim.company.put_policy("playground", {**before, "bindings": [eligible]}, settled=False)
    assert roles(catalog.facts(**WHO)) == []
    check_eligible(catalog.decision_facts(**WHO), [BROWSER], ActivationType.JIT, wanted=None)


def test_a_role_that_just_stopped_being_eligible_may_not_be_activated(
    sim: Simulator, catalog: AssetInventoryCatalog
) -> None:
    before = sim.company.policy("playground")
    sim.company.bind("playground", "roles/browser", f"user:{ALICE}", JIT)
    sim.asset_lag = 3600
    sim.company.put_policy("playground", before, settled=False)
    assert roles(catalog.facts(**WHO)) == ["roles/browser"]
    assert refuse(catalog.decision_facts(**WHO), BROWSER)


def test_the_live_policy_is_returned_for_the_write(
    sim: Simulator, catalog: AssetInventoryCatalog
) -> None:
    facts = catalog.decision_facts(**WHO)
    assert facts.live_policy is not None
    assert facts.live_policy["etag"] == sim.company.policy("playground")["etag"]
    assert catalog.facts(**WHO).live_policy is None


def test_a_decision_can_be_repeated_with_a_policy_read_later(
    sim: Simulator, catalog: AssetInventoryCatalog
) -> None:
    sim.company.bind("playground", "roles/browser", f"user:{ALICE}", JIT)
    sim.company.bind("folders/99", "roles/viewer", f"user:{ALICE}", JIT)
    facts = catalog.decision_facts(**WHO).with_live_policy({"etag": "x"})
    assert refuse(facts, BROWSER)
    check_eligible(
        facts, [ProjectRole("playground", "roles/viewer")], ActivationType.JIT, wanted=None
    )
    assert facts.live_policy == {"etag": "x"}


def test_the_refusal_names_the_first_missing_role(
    sim: Simulator, catalog: AssetInventoryCatalog
) -> None:
    sim.company.bind("playground", "roles/browser", f"user:{ALICE}", JIT)
    sim.company.bind("playground", "roles/viewer", f"user:{ALICE}", MPA)
    viewer, owner = (ProjectRole("playground", f"roles/{name}") for name in ("viewer", "owner"))
    assert refuse(catalog.decision_facts(**WHO), BROWSER, viewer, owner) == (
        "The user alice@example.com is not allowed to activate playground:roles/viewer using JIT"
    )
    check_eligible(catalog.decision_facts(**WHO), [viewer], ActivationType.MPA, wanted=None)


@pytest.mark.parametrize(
    "role",
    [
        ProjectRole("shop-prod", "roles/browser"),
        ProjectRole("playground", "roles/Browser"),
        ProjectRole("playground", "roles/browser", "true"),
    ],
)
def test_roles_must_match_exactly(
    sim: Simulator, catalog: AssetInventoryCatalog, role: ProjectRole
) -> None:
    sim.company.bind("playground", "roles/browser", f"user:{ALICE}", JIT)
    assert refuse(catalog.decision_facts(**WHO), role)


def test_an_external_person_has_directly_bound_roles(
    sim: Simulator, catalog: AssetInventoryCatalog
) -> None:
    email = "consultant@partner.com"
    sim.company.bind("playground", "roles/browser", f"user:{email}", JIT)
    sim.faults.add("directory.groups.list", status=404)
    found = entitlements_of(
        catalog.decision_facts(user=email, project_id="playground"),
        wanted=Period.of(NOON, timedelta(hours=1)),
    )
    assert [holding.project_role for holding in found.available] == [BROWSER]
    assert len(found.warnings) == 1


@pytest.mark.parametrize(
    "api",
    [
        "directory.groups.list",
        "cloudasset.effectiveIamPolicies.batchGet",
        "cloudresourcemanager.projects.getIamPolicy",
    ],
)
@pytest.mark.parametrize(("status", "error"), [(504, TimedOut), (403, Denied)])
def test_refusals_of_google_are_reported_unchanged(
    sim: Simulator,
    catalog: AssetInventoryCatalog,
    api: str,
    status: int,
    error: type[GoogleCloudError],
) -> None:
    sim.faults.add(api, status=status, times=None)
    with pytest.raises(error):
        catalog.decision_facts(**WHO)


def test_unknown_projects_are_refused(catalog: AssetInventoryCatalog) -> None:
    with pytest.raises((NotFound, Denied)):
        catalog.facts(user=ALICE, project_id="nowhere-to-be-found")


def test_domain_scoped_projects_have_roles(sim: Simulator, catalog: AssetInventoryCatalog) -> None:
    project_id = "example.com:legacy-crm"
    sim.company.bind(project_id, "roles/browser", f"user:{ALICE}", JIT)
    wanted = ProjectRole.parse(f"{project_id}:roles/browser")
    check_eligible(
        catalog.decision_facts(user=ALICE, project_id=project_id),
        [wanted],
        ActivationType.JIT,
        wanted=None,
    )
