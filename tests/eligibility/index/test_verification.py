"""Effective policies correct what the search left out."""

from __future__ import annotations

import pytest

from eligibility.index.phases.verification import MOST_IN_DOUBT, SAMPLES
from eligibility.models import IndexedBinding, IndexedNode
from simulator import Simulator
from tests.eligibility.index.runs import run
from tests.eligibility.index.world import expected, indexed

pytestmark = pytest.mark.django_db
JIT = "has({}.jitAccessConstraint)"


def test_a_project_without_a_policy_in_the_search_is_verified(simulated: Simulator) -> None:
    simulated.left_out_by_search = frozenset({"projects/shop-prod", "projects/payroll"})
    row = run(simulated)
    assert indexed() == expected(simulated)
    assert row is not None
    assert any("projects/shop-prod was corrected" in warning for warning in row.warnings)


def test_only_projects_in_doubt_and_a_sample_are_verified(simulated: Simulator) -> None:
    run(simulated)
    first, *others = simulated.calls.of("cloudasset.effectiveIamPolicies.batchGet")
    assert {name.rpartition("/")[2] for name in first.params["names"]} == {"jit-access-host"}
    assert len(others) == SAMPLES


def test_a_sample_finds_a_folder_that_the_search_left_out(simulated: Simulator) -> None:
    simulated.left_out_by_search = frozenset({"folders/20"})
    row = run(simulated)
    assert indexed() == expected(simulated)
    assert row is not None
    assert row.bindings == len(indexed()["bindings"])


def test_nothing_is_corrected_where_search_was_right(simulated: Simulator) -> None:
    simulated.company.bind("payroll", "roles/x", ["user:a@example.com", "user:B@example.com"], JIT)
    simulated.company.bind("payroll", "roles/x", "user:c@example.com", JIT)
    row = run(simulated)
    assert row is not None
    assert not [warning for warning in row.warnings if "corrected" in warning]


def test_a_project_that_only_a_policy_names_is_added(simulated: Simulator) -> None:
    """Cloud Asset may know of a policy before it knows of the project."""

    def add_late(_: object) -> bool:
        if "late" not in {each.id for each in simulated.company.resources.values()}:
            simulated.company.add_project("late", parent="folders/11", display_name="Late")
            simulated.company.bind("late", "roles/run.admin", "user:alice@example.com", JIT)
        return False

    simulated.faults.add("cloudasset.searchAllIamPolicies", times=None, when=add_late)
    run(simulated)
    content, wanted = indexed(), expected(simulated)
    assert content["projects"] == wanted["projects"]
    assert content["bindings"] == wanted["bindings"]
    # Folders without a policy do not matter.
    nodes = IndexedNode.objects.filter(project__project_id="late")
    assert {node.node for node in nodes} == {
        *("projects/late", "folders/11", "folders/10", "organizations/7")
    }


def test_a_project_that_moves_during_the_run_is_put_in_its_new_place(simulated: Simulator) -> None:
    def move(_: object) -> bool:
        simulated.company.resource("payroll").parent = "folders/10"
        return False

    simulated.faults.add("cloudasset.effectiveIamPolicies.batchGet", times=None, when=move)
    run(simulated)
    nodes = IndexedNode.objects.filter(project__project_id="payroll")
    assert {node.node for node in nodes} == {"projects/payroll", "folders/10", "organizations/7"}


def test_a_project_that_disappears_during_the_run_is_not_listed(simulated: Simulator) -> None:
    def remove(_: object) -> bool:
        if simulated.company.find("payroll"):
            simulated.company.remove_project("payroll")
        return False

    simulated.faults.add("cloudasset.effectiveIamPolicies.batchGet", times=None, when=remove)
    run(simulated)
    assert indexed() == expected(simulated)


def test_not_more_than_some_projects_are_verified(simulated: Simulator) -> None:
    for number in range(MOST_IN_DOUBT + 100):
        simulated.company.add_project(f"empty-{number}")
    run(simulated)
    calls = simulated.calls.of("cloudasset.effectiveIamPolicies.batchGet")
    assert len(calls) <= MOST_IN_DOUBT / 20 + 2
    assert indexed() == expected(simulated)


def test_without_effective_policies_the_index_is_served_with_a_warning(
    simulated: Simulator,
) -> None:
    simulated.faults.add("cloudasset.effectiveIamPolicies.batchGet", status=403, times=None)
    row = run(simulated)
    assert indexed() == expected(simulated)
    assert row is not None
    assert any("effective policies" in warning for warning in row.warnings)


def test_projects_named_by_number_are_known_by_their_id(simulated: Simulator) -> None:
    company = simulated.company
    shown = company.resource("shop-prod")
    run(simulated)
    before = indexed()
    shown.shown_by_number = True
    run(simulated)
    assert indexed() == before == expected(simulated)


@pytest.mark.parametrize("is_visible", [True, False])
def test_bindings_of_a_project_that_is_deleted_or_hidden_meanwhile_are_dropped(
    simulated: Simulator, is_visible: bool
) -> None:
    def add_late(call: object) -> bool:
        if not simulated.company.find("late"):
            simulated.company.add_project("late", state="DELETE_REQUESTED")
            simulated.company.bind("late", "roles/late.role", "user:alice@example.com", JIT)
        return False

    def hide(_: object) -> bool:
        simulated.company.resource("late").visible = is_visible
        return False

    simulated.faults.add("cloudasset.searchAllIamPolicies", times=None, when=add_late)
    simulated.faults.add("cloudresourcemanager.projects.get", times=None, when=hide)
    row = run(simulated)
    assert not IndexedBinding.objects.filter(role="roles/late.role").exists()
    assert row is not None
    assert row.bindings == len(indexed()["bindings"])
