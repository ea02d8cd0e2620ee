"""The original's cases of this catalog, how Google's answers become facts, and where we differ on purpose."""

from datetime import timedelta
from typing import Any

import pytest

from eligibility.entitlements import ActivationType, ProjectRole
from eligibility.facts import Facts, Principals
from eligibility.holders import holders
from eligibility.judgement import (
    entitlements_of,
)
from eligibility.policy_analyzer import INCOMPLETE, facts_from
from eligibility.validity import Period
from googlecloud.policy_analyzer import Analysis
from tests.eligibility.cases import (
    FOLDER,
    JIT,
    NOON,
    PROJECT,
    given_in,
    instant,
    operations,
    vectors,
)
from tests.eligibility.test_entitlement_vectors import shown

DEVIATIONS = {
    "derived_jit_with_true_evaluation": "conditions are read by our own rule, the same for lists and"
    " decisions: the live policy of a decision has no evaluation; tested below",
    "derived_warnings": "reasons may name groups, so only people who hold something here read them;"
    " tested below",
    "derived_two_current_activations_of_one_role": "the vector asks for better than the original;"
    " tested below",
    "derived_holder_with_resource_condition": "a peer must hold the role for the same resources;"
    " tested below",
}
NOT_OURS = {
    "find_projects": "the picker offers what AVAILABLE_PROJECTS_QUERY finds: an analysis for each"
    " picker would use up the quota"
}
ALICE = "alice@example.com"


def test_every_operation_is_tested_or_has_a_reason() -> None:
    assert operations("policy_analyzer_entitlements") == {
        "find_entitlements",
        "find_entitlement_holders",
        *NOT_OURS,
    }


def analysis_of(given: dict[str, Any]) -> Analysis:
    """The original's tests built objects; Google's answers say that they are complete."""
    return Analysis.read({"mainAnalysis": given["main_analysis"], "fullyExplored": True})


def facts_of_vector(given: dict[str, Any]) -> Facts:
    project_id = given.get("project_id") or given["entitlement_id"].partition(":")[0]
    return facts_from(analysis_of(given), Principals.of(given["user"]), project_id)


def wanted_of(given: dict[str, Any]) -> Period:
    return Period.of(instant(given["now"]), timedelta(hours=1))


@vectors("policy_analyzer_entitlements", "find_entitlements", but=DEVIATIONS)
def test_entitlements_of_a_person(given: dict[str, Any], expected: dict[str, Any]) -> None:
    types = [ActivationType(name) for name in given["types"]]
    found = entitlements_of(facts_of_vector(given), wanted=wanted_of(given), types=types)
    assert shown(found) == expected


@vectors("policy_analyzer_entitlements", "find_entitlements", but={"derived_warnings"})
def test_what_google_thinks_of_a_condition_changes_nothing(
    given: dict[str, Any], expected: dict[str, Any]
) -> None:
    facts = facts_of_vector(given)
    before = entitlements_of(facts, wanted=wanted_of(given))
    for result in given["main_analysis"].get("analysisResults", ()):
        for access in result["accessControlLists"]:
            access["conditionEvaluation"] = {"evaluationValue": "FALSE"}
    assert entitlements_of(facts_of_vector(given), wanted=wanted_of(given)) == before


def vector(name: str) -> dict[str, Any]:
    return given_in("policy_analyzer_entitlements", name)


def test_two_activations_of_one_role_are_harmless_and_the_later_end_counts() -> None:
    given = vector("derived_two_current_activations_of_one_role")
    found = entitlements_of(facts_of_vector(given), wanted=wanted_of(given))
    (activation,) = found.current.values()
    assert activation.project_role.id == "project-1:roles/resourcemanager.role1"
    assert activation.end == instant("2030-01-01T13:00:00Z")


def test_an_activation_that_ends_during_the_analysis_is_harmless() -> None:
    given = vector("derived_two_current_activations_of_one_role")
    at_the_end = Period.of(instant("2030-01-01T13:00:00Z"), timedelta(hours=1))
    found = entitlements_of(facts_of_vector(given), wanted=at_the_end)
    assert (list(found.current), len(found.expired)) == ([], 1)


def test_a_marker_counts_whatever_google_evaluated() -> None:
    given = vector("derived_jit_with_true_evaluation")
    found = entitlements_of(facts_of_vector(given), wanted=wanted_of(given))
    assert [one.project_role.id for one in found.available] == [
        "project-1:roles/resourcemanager.role1"
    ]


def test_reasons_of_google_are_warnings_for_those_who_hold_something() -> None:
    given, other = vector("derived_warnings"), vector("entitlements_mpa")
    assert facts_of_vector(given).warnings == (INCOMPLETE,)
    given["main_analysis"] |= other["main_analysis"]
    found = entitlements_of(facts_of_vector(given), wanted=wanted_of(given))
    assert found.warnings == ("cause-1", "cause-2")
    assert len(found.available) == 1


@pytest.mark.parametrize(
    ("condition", "found"), [("", []), ('resource.name == "x"', ["approver-1"])]
)
def test_peers_hold_the_role_for_the_same_resources(condition: str, found: list[str]) -> None:
    given = vector("derived_holder_with_resource_condition")
    role = ProjectRole("project-1", "roles/resourcemanager.role1", condition)
    emails = holders(
        project_role=role,
        activation_type=ActivationType.MPA,
        policies=facts_of_vector(given).policies,
        people_of={},
    )
    assert list(emails) == [f"{name}@example.com" for name in found]


def result(
    role: str = "roles/browser", *, where: str = PROJECT, acts_on: tuple[str, ...] = (PROJECT,)
) -> dict[str, Any]:
    return {
        "attachedResourceFullName": where,
        "iamBinding": {
            "role": role,
            "members": [f"user:{ALICE}"],
            "condition": {"title": "Eligible", "expression": JIT},
        },
        "accessControlLists": [{"resources": [{"fullResourceName": name} for name in acts_on]}],
    }


def roles_in(*results: dict[str, Any]) -> list[str]:
    answer = {"mainAnalysis": {"analysisResults": list(results)}, "fullyExplored": True}
    facts = facts_from(Analysis.read(answer), Principals.of(ALICE), "project-1")
    found = entitlements_of(facts, wanted=Period.of(NOON, timedelta(hours=1)))
    return [one.project_role.role for one in found.available]


@pytest.mark.parametrize(
    ("where", "acts_on", "counts"),
    [
        (PROJECT, (PROJECT,), True),
        (FOLDER, (PROJECT,), True),
        (FOLDER, (), True),
        (FOLDER, ("//cloudresourcemanager.googleapis.com/projects/123",), True),
        (FOLDER, ("//cloudresourcemanager.googleapis.com/projects/other",), False),
        ("//storage.googleapis.com/bucket", (), False),
        ("", (PROJECT,), False),
    ],
)
def test_only_bindings_that_act_on_the_project_count(
    where: str, acts_on: tuple[str, ...], counts: bool
) -> None:
    assert roles_in(result(where=where, acts_on=acts_on)) == ["roles/browser"] * counts


def test_repeated_results_count_once_and_the_project_comes_before_what_is_above() -> None:
    above, own = result(where=FOLDER), result()
    answer = {"mainAnalysis": {"analysisResults": [above, own, own]}, "fullyExplored": True}
    facts = facts_from(Analysis.read(answer), Principals.of(ALICE), "project-1")
    assert [(one.attached_resource, len(one.policy["bindings"])) for one in facts.policies] == [
        (PROJECT, 1),
        (FOLDER, 1),
    ]
