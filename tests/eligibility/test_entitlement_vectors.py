"""The original's cases of ids, time spans and catalogs, and our deliberate differences."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from eligibility.entitlements import (
    ActivationType,
    InvalidProjectRoleId,
    ProjectRole,
    decode,
    encode,
)
from eligibility.facts import Principals
from eligibility.holders import groups_of_holders, holders
from eligibility.membership import Activation, EntitlementSet, entitlements, held_bindings
from eligibility.validity import Period
from tests.eligibility.cases import Attached, instant, operations, vectors

CONTRADICTIONS = {
    "activation_valid_end_is_now": "the end is exclusive, as in IAM itself",
    "derived_domain_scoped_project": "the vector expects more than the original does; tested below",
}
NOT_OURS = {"compare": "activations are not ordered; of several the one that ends last counts"}
BROWSER = ProjectRole("project-1", "roles/browser")


def test_every_operation_is_tested_or_has_a_reason() -> None:
    assert operations("project_role_ids") == {"id", "equals", "from_id"}
    assert operations("base64_escape") == {"escape", "unescape"}
    assert operations("time_spans") == {"equals", "is_valid", *NOT_OURS}
    assert operations("asset_inventory_entitlements") == {
        "find_project_bindings",
        "find_entitlements",
        "find_entitlement_holders",
    }


@vectors("project_role_ids", "id")
def test_ids(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert role(given).id == expected["id"]
    assert ProjectRole.parse(expected["id"]) == role(given)


@vectors("project_role_ids", "equals")
def test_roles_with_other_conditions_are_not_equal(
    given: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert (role(given["left"]) == role(given["right"])) == expected["equal"]


@vectors("project_role_ids", "from_id", but=CONTRADICTIONS)
def test_ids_are_read(given: dict[str, Any], expected: dict[str, Any]) -> None:
    if "error" in expected:
        with pytest.raises(InvalidProjectRoleId, match=r"^Invalid ProjectRole ID$"):
            ProjectRole.parse(given["id"])
    else:
        assert ProjectRole.parse(given["id"]) == role(expected)


def test_a_domain_scoped_project_is_read_unlike_in_the_original() -> None:
    read = ProjectRole.parse("example.com:proj:roles/viewer")
    assert read == ProjectRole("example.com:proj", "roles/viewer")


@vectors("base64_escape", "escape")
def test_conditions_are_encoded(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert encode(given["text"]) == expected["text"]


@vectors("base64_escape", "unescape")
def test_conditions_are_decoded(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert decode(given["text"]) == expected["text"]


@vectors("time_spans", "equals")
def test_spans_are_equal_when_both_ends_are(
    given: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert (activation(given["left"]) == activation(given["right"])) == expected["equal"]


@vectors("time_spans", "is_valid", but=CONTRADICTIONS)
def test_a_span_is_valid_from_its_start_to_before_its_end(
    given: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert activation(given).is_current(moment(given["now"])) == expected["valid"]


def test_a_span_has_ended_at_its_end_unlike_in_the_original() -> None:
    assert not activation({"start": 999, "end": 1000}).is_current(moment(1000))


@vectors("asset_inventory_entitlements", "find_project_bindings")
def test_bindings_of_a_person(given: dict[str, Any], expected: dict[str, Any]) -> None:
    held = held_bindings(policies(given), principals(given))
    assert [found.binding.role for found in held] == expected["roles"]


@vectors("asset_inventory_entitlements", "find_entitlements")
def test_entitlements_of_a_person(given: dict[str, Any], expected: dict[str, Any]) -> None:
    found = entitlements(
        project_id=given["project_id"],
        policies=policies(given),
        principals=principals(given),
        wanted=Period.of(instant(given["now"]), timedelta(hours=1)),
        types=[ActivationType(name) for name in given["types"]],
    )
    assert shown(found) == expected


@vectors("asset_inventory_entitlements", "find_entitlement_holders")
def test_holders_of_a_role(given: dict[str, Any], expected: dict[str, Any]) -> None:
    wanted: dict[str, Any] = {
        "project_role": ProjectRole.parse(given["entitlement_id"]),
        "activation_type": ActivationType(given["type"]),
        "policies": policies(given),
    }
    answers = given.get("group_members", {})
    assert set(groups_of_holders(**wanted)) == set(answers)
    people = {
        group: [member["email"] for member in answer.get("members", ())]
        for group, answer in answers.items()
    }
    assert list(holders(**wanted, people_of=people)) == sorted(expected["holders"])


def shown(found: EntitlementSet) -> dict[str, Any]:
    return {
        "available": [
            {
                "id": holding.project_role.id,
                "name": holding.project_role.role,
                "activation_type": holding.activation_type,
            }
            for holding in found.available
        ],
        "current": [role.id for role in found.current],
        "expired": [role.id for role in found.expired],
        "warnings": list(found.warnings),
    }


def role(given: dict[str, Any]) -> ProjectRole:
    return ProjectRole(given["project_id"], given["role"], given["resource_condition"] or "")


def moment(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, tz=UTC)


def activation(given: dict[str, Any]) -> Activation:
    return Activation(BROWSER, moment(given["start"]), moment(given["end"]))


def policies(given: dict[str, Any]) -> list[Attached]:
    return [Attached(item["attachedResource"], item["policy"]) for item in given["policies"]]


def principals(given: dict[str, Any]) -> Principals:
    return Principals.of(given["user"], [group["email"] for group in given["groups"]])
