"""The pure functions that change policies do not change bindings of others."""

from __future__ import annotations

import copy
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from activations.domain.bindings import (
    Wanted,
    approved_by,
    new_binding,
    read_description,
    read_ours,
    running,
    self_approved,
    with_activations,
)
from activations.domain.text import folded
from eligibility.conditions import activation_expression
from tests.jitaccess.cases import cases, vectors

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CONDITIONS = ["", 'resource.name == "a"', 'resource.name == "b" || resource.type == "c"']
PEOPLE = ["alice@example.com", "bob@example.com"]
ROLES = ["roles/browser", "roles/viewer"]


@st.composite
def windows(draw: st.DrawFn) -> tuple[datetime, datetime]:
    """Generate windows that have begun, since JIT Access never writes future ones."""
    start = NOW - draw(st.integers(0, 200)) * MINUTE
    return start, start + draw(st.integers(1, 300)) * MINUTE


@st.composite
def ours(draw: st.DrawFn) -> dict[str, Any]:
    start, end = draw(windows())
    return new_binding(
        Wanted(
            email=draw(st.sampled_from(PEOPLE)),
            role=draw(st.sampled_from(ROLES)),
            resource_condition=draw(st.sampled_from(CONDITIONS)),
            start=start,
            end=end,
            description=draw(st.sampled_from(["", "Self-approved, justification: x"])),
        )
    )


@st.composite
def nearly_ours(draw: st.DrawFn) -> dict[str, Any]:
    """Generate bindings that differ from ours in one detail, so they are not ours."""
    binding = copy.deepcopy(draw(ours()))
    condition = binding["condition"]
    match draw(st.integers(0, 5)):
        case 0:
            binding["members"].append("user:carol@example.com")
        case 1:
            condition["title"] = "JIT access"
        case 2:
            condition["expression"] = condition["expression"].replace(" && ", "  &&  ")
        case 3:
            del binding["condition"]
        case 4:
            binding["members"] = ["group:alice@example.com"]
        case _:
            condition["expression"] = f"({condition['expression']})"
    return binding


@st.composite
def other_bindings(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "role": draw(st.sampled_from([*ROLES, "organizations/1/roles/x"])),
        "members": draw(
            st.lists(st.sampled_from(["user:alice@example.com", "allUsers"]), max_size=2)
        ),
        "condition": {"title": draw(st.text()), "expression": draw(st.text())},
        "future": draw(st.integers()),
    }


policies = st.builds(
    lambda bindings: {
        "version": 3,
        "etag": "e",
        "auditConfigs": [{"service": "x"}],
        "bindings": bindings,
    },
    st.lists(st.one_of(ours(), nearly_ours(), other_bindings()), max_size=8),
)
requested_activations = st.lists(
    st.builds(
        lambda role, condition, minutes: Wanted(
            email="alice@example.com",
            role=role,
            resource_condition=condition,
            start=NOW,
            end=NOW + minutes * MINUTE,
            description="Self-approved, justification: now",
        ),
        st.sampled_from(ROLES),
        st.sampled_from(CONDITIONS),
        st.integers(1, 240),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda wanted: (wanted.role, wanted.resource_condition),
)


def spelling_of(bindings: list[dict[str, Any]]) -> list[str]:
    return [json.dumps(binding) for binding in bindings]


def is_alices(binding: dict[str, Any], wanted: list[Wanted]) -> bool:
    return any(read_ours(binding, emails=[access.email], role=access.role) for access in wanted)


def active(policy: dict[str, Any], access: Wanted) -> list[dict[str, Any]]:
    return [
        binding
        for binding in policy["bindings"]
        if (found := read_ours(binding, emails=[access.email], role=access.role))
        and found.resource_condition == access.resource_condition
        and found.end > NOW
    ]


@for_all(policies, requested_activations)
def test_other_bindings_stay_exactly_as_written(
    policy: dict[str, Any], wanted: list[Wanted]
) -> None:
    after = with_activations(policy, wanted, now=NOW)
    before = spelling_of([b for b in policy["bindings"] if not is_alices(b, wanted)])
    assert spelling_of([b for b in after["bindings"] if not is_alices(b, wanted)]) == before
    rest = {name: value for name, value in policy.items() if name != "bindings"}
    assert {name: value for name, value in after.items() if name != "bindings"} == rest


@for_all(policies, requested_activations)
def test_the_given_policy_is_not_modified(policy: dict[str, Any], wanted: list[Wanted]) -> None:
    before = copy.deepcopy(policy)
    with_activations(policy, wanted, now=NOW)
    assert policy == before


@for_all(policies, requested_activations)
def test_applying_a_change_twice_changes_nothing_more(
    policy: dict[str, Any], wanted: list[Wanted]
) -> None:
    once = with_activations(policy, wanted, now=NOW)
    assert with_activations(once, wanted, now=NOW) == once
    # The result of a lost answer is determined some seconds later.
    assert with_activations(once, wanted, now=NOW + timedelta(seconds=30)) == once


@for_all(policies, requested_activations)
def test_the_new_policy_has_every_requested_activation(
    policy: dict[str, Any], wanted: list[Wanted]
) -> None:
    after = with_activations(policy, wanted, now=NOW)
    for access in wanted:
        found = running(after, access, now=NOW)
        assert found
        assert found.start <= access.start
        assert found.end >= access.end


@for_all(policies, requested_activations)
def test_active_access_is_never_shortened(policy: dict[str, Any], wanted: list[Wanted]) -> None:
    after = with_activations(policy, wanted, now=NOW)
    for access in wanted:
        if before := running(policy, access, now=NOW):
            found = running(after, access, now=NOW)
            assert found
            assert found.end >= before.end
            assert found.start <= before.start


@for_all(policies, requested_activations)
def test_each_access_has_at_most_one_active_binding(
    policy: dict[str, Any], wanted: list[Wanted]
) -> None:
    after = with_activations(policy, wanted, now=NOW)
    for access in wanted:
        assert len(active(after, access)) == max(1, len(active(policy, access)))


@for_all(policies, requested_activations)
def test_expired_activations_of_the_same_person_and_role_are_removed(
    policy: dict[str, Any], wanted: list[Wanted]
) -> None:
    after = with_activations(policy, wanted, now=NOW)
    for binding in after["bindings"]:
        for access in wanted:
            found = read_ours(binding, emails=[access.email], role=access.role)
            assert not found or found.end > NOW


@for_all(policies, requested_activations)
def test_active_bindings_of_other_conditions_and_roles_stay(
    policy: dict[str, Any], wanted: list[Wanted]
) -> None:
    asked = {(access.role, access.resource_condition) for access in wanted}
    after = Counter(spelling_of(with_activations(policy, wanted, now=NOW)["bindings"]))
    for binding in policy["bindings"]:
        found = read_ours(binding, emails=["alice@example.com"], role=binding["role"])
        if found and found.end > NOW and (binding["role"], found.resource_condition) not in asked:
            assert after[json.dumps(binding)] >= 1


def mine(start: datetime, end: datetime, condition: str = "") -> Wanted:
    return Wanted("alice@example.com", "roles/x", condition, start, end, "Self-approved")


def test_the_same_end_again_changes_nothing() -> None:
    earlier = mine(NOW - MINUTE, NOW + MINUTE)
    policy = {"bindings": [new_binding(earlier) | {"members": ["user:Alice@example.com"]}]}
    assert with_activations(policy, [mine(NOW, NOW + MINUTE)], now=NOW) == policy


EXACT = activation_expression(NOW - 2 * MINUTE, NOW - MINUTE)


@pytest.mark.parametrize(
    "expression",
    [
        EXACT.replace(" && ", "  &&  "),
        f"({EXACT})",
        f" {EXACT}",
        EXACT.replace("Z", "+00:00"),
        EXACT.replace("00Z", "00.5Z"),
        EXACT.replace(">=", ">"),
        f'({EXACT}) && (resource.name=="a")',
    ],
)
def test_expired_bindings_of_another_form_stay(expression: str) -> None:
    dead = new_binding(mine(NOW - 2 * MINUTE, NOW - MINUTE))
    assert with_activations({"bindings": [dead]}, [mine(NOW, NOW + MINUTE)], now=NOW)[
        "bindings"
    ] == [new_binding(mine(NOW, NOW + MINUTE))]
    dead["condition"]["expression"] = expression
    after = with_activations({"bindings": [dead]}, [mine(NOW, NOW + MINUTE)], now=NOW)
    assert dead in after["bindings"]


def test_a_policy_without_bindings_is_accepted() -> None:
    access = Wanted("alice@example.com", "roles/x", "", NOW, NOW + MINUTE, "d")
    assert len(with_activations({"etag": "e"}, [access], now=NOW)["bindings"]) == 1


@pytest.mark.parametrize("member", ["user:Alice@Example.com", "user:alice@example.com"])
def test_members_are_compared_without_regard_to_case(member: str) -> None:
    access = Wanted("alice@example.com", "roles/x", "", NOW, NOW + MINUTE, "d")
    binding = new_binding(access) | {"members": [member]}
    assert read_ours(binding, emails=["alice@example.com"], role="roles/x")


def test_a_description_fits_iam() -> None:
    assert len(self_approved("x" * 1000)) == 256
    assert self_approved("CASE-1") == "Self-approved, justification: CASE-1"


LONG = [f"{'x' * 45}{number}@partner.example.com" for number in range(1, 7)]


def test_a_description_names_all_approvers_where_they_fit() -> None:
    said = "Approved by a@example.com, b@example.com, justification: CASE-1"
    assert approved_by(["a@example.com", "b@example.com"], "CASE-1") == said
    three = ", ".join(LONG[:3])
    assert approved_by(LONG[:3], "y" * 1000) == f"Approved by {three}, justification: {'y' * 25}"


@pytest.mark.parametrize(
    ("justification", "named"), [("CASE-1", 3), ("Deploy\nthe release " * 40, 2)]
)
def test_a_description_keeps_the_justification_whoever_approved(
    justification: str, named: int
) -> None:
    said = approved_by(LONG, justification)
    names = f"{', '.join(LONG[:named])} and {6 - named} more"
    assert said.startswith(f"Approved by {names}, justification: ")
    assert len(said) <= 256
    read = read_description(said)
    assert read.is_approval
    assert read.justification == folded(justification)[: len(read.justification)]
    assert len(read.justification) >= min(len(justification), 80)


@for_all(st.lists(st.integers(1, 250), min_size=1, max_size=20), st.integers(1, 1000))
def test_every_description_of_approved_access_is_read_as_one(
    lengths: list[int], justification: int
) -> None:
    people = [f"{'x' * length}@example.com" for length in lengths]
    read = read_description(approved_by(people, "CASE " + "y" * justification))
    assert read.is_approval
    assert "CASE yyyy".startswith(read.justification[:6])
    assert read.justification


MPA = "approval has its own tests"
GOOGLES = "reported in Google's own words; tests/googlecloud has the tests"
PURGE = "only our own expired bindings are removed; active ones are extended, not replaced"
UNUSED = "bindings are compared by their meaning, not field by field"
EXPLAINED = {
    "mpa": MPA,
    "mpa_resource_condition": MPA,
    "derived_purge_keeps_other_members_and_roles": PURGE,
    "bindings_different_members": UNUSED,
    "bindings_different_expressions": UNUSED,
    "bindings_different_titles": UNUSED,
    "bindings_different_descriptions": UNUSED,
    "not_grantable_role": GOOGLES,
    "derived_set_policy_409": GOOGLES,
    "derived_set_policy_401": GOOGLES,
    "derived_set_policy_403": GOOGLES,
    "derived_set_policy_400": GOOGLES,
    "derived_set_policy_404": GOOGLES,
    "derived_set_policy_500": GOOGLES,
}
HELD = {"jit_resource_condition", "derived_same_role_two_conditions_in_one_request"}


def wanted_by(given: dict[str, Any]) -> list[Wanted]:
    start = datetime.fromisoformat(given["start"])
    return [
        Wanted(
            email=given["user"],
            role=role["role"],
            resource_condition=role["resource_condition"],
            start=start,
            end=start + timedelta(seconds=given["duration_seconds"]),
            description=self_approved(given["justification"]),
        )
        for role in given["entitlements"]
    ]


@vectors("activation_provisioning", names={"jit_resource_condition"})
def test_bindings_are_the_originals(given: dict[str, Any], expected: dict[str, Any]) -> None:
    wanted = wanted_by(given)
    after = with_activations({"bindings": []}, wanted, now=wanted[0].start)
    assert after["bindings"] == expected["bindings"]
    assert wanted[0].description == expected["request_reason"]


@vectors("activation_provisioning", names={"derived_same_role_two_conditions_in_one_request"})
def test_two_conditions_of_one_role_are_two_bindings(
    given: dict[str, Any], expected: dict[str, Any]
) -> None:
    wanted = wanted_by(given)
    after = with_activations({"bindings": []}, wanted, now=wanted[0].start)
    assert after["bindings"] == [new_binding(access) for access in wanted]


def test_clean_up_keeps_bindings_that_the_original_keeps() -> None:
    """The case replaces an active binding, which ours extends. Both keep bindings of others."""
    given = cases("activation_provisioning")["derived_purge_keeps_other_members_and_roles"]["input"]
    access = Wanted("alice@example.com", "roles/browser", "", NOW, NOW + MINUTE, "Self-approved")
    later = datetime(2041, 1, 1, tzinfo=UTC)  # every binding of the case has expired by then
    after = with_activations(given["policy"], [access], now=later)
    assert after["bindings"][:-1] == given["policy"]["bindings"]


def test_every_case_is_tested_or_explained() -> None:
    assert cases("activation_provisioning").keys() == EXPLAINED.keys() | HELD


def test_expressions_are_byte_for_byte_the_originals() -> None:
    assert activation_expression(NOW, NOW + 5 * MINUTE, "a > b && b < c") == (
        '((request.time >= timestamp("2030-01-01T12:00:00Z")'
        ' && request.time < timestamp("2030-01-01T12:05:00Z"))) && (a > b && b < c)'
    )
