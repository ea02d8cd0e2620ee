"""Requests that IAM would refuse are refused before a reviewer is asked, with the limit and what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from activations.domain.bindings import Wanted, new_binding
from activations.domain.preflight import (
    AlreadyHeld,
    BasicRole,
    ConditionTooComplex,
    NotGrantable,
    PolicyFull,
    TooManyConditions,
    check_grantable,
    check_policy,
)
from activations.domain.rules import Refusal
from eligibility.facts import Principals
from googlecloud.policy import AttachedPolicy

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ALICE = Principals.of("alice@example.com")
ADMIN = "roles/compute.admin"
ACCESS = Wanted("alice@example.com", ADMIN, "", NOW, NOW + HOUR, "Self-approved")
FOLDER = "//cloudresourcemanager.googleapis.com/folders/10"


def check(bindings: list[dict[str, Any]], *wanted: Wanted, **more: Any) -> None:
    policy = {"bindings": bindings, **more.pop("policy", {})}
    check_policy(policy, wanted or (ACCESS,), now=NOW, **{"principals": ALICE} | more)


def bound(role: str, *members: str, expression: str = "") -> dict[str, Any]:
    binding: dict[str, Any] = {"role": role, "members": list(members)}
    return binding | ({"condition": {"title": "x", "expression": expression}} if expression else {})


def people(count: int) -> list[str]:
    return [f"user:person{number}@example.com" for number in range(count)]


def foreign(count: int, member: str = "user:alice@example.com") -> list[dict[str, Any]]:
    return [bound(ADMIN, member, expression=f"resource.name == '{n}'") for n in range(count)]


# Size of the policy


def test_a_policy_may_be_filled_to_its_limit():
    check([bound("roles/browser", *people(1499))])


def test_a_full_policy_is_refused_with_the_figure_and_the_limit():
    with pytest.raises(PolicyFull, match=r"hold 1,501 principals, and IAM allows 1,500"):
        check([bound("roles/browser", *people(1500))])


def test_every_occurrence_of_a_member_counts_also_in_audit_exemptions():
    exempted = {
        "auditConfigs": [{"auditLogConfigs": [{"exemptedMembers": ["user:a@example.com"]}]}]
    }
    same = ["user:bob@example.com"] * 1499
    check([bound("roles/browser", *same)])
    with pytest.raises(PolicyFull, match=r"1,501"):
        check([bound("roles/browser", *same)], policy=exempted)


def test_all_roles_of_a_request_need_room():
    other = replace(ACCESS, role="roles/storage.admin")
    check([bound("roles/browser", *people(1498))], ACCESS, other)
    with pytest.raises(PolicyFull):
        check([bound("roles/browser", *people(1499))], ACCESS, other)


def test_a_full_policy_accepts_an_extension_and_replaces_an_expired_binding():
    running = new_binding(replace(ACCESS, end=NOW + HOUR / 2))
    dead = new_binding(replace(ACCESS, start=NOW - 2 * HOUR, end=NOW - HOUR))
    for ours in (running, dead):
        check([bound("roles/browser", *people(1499)), ours])


# Conditions per role and person


def test_a_twentieth_condition_fits_and_another_does_not():
    check(foreign(19))
    with pytest.raises(TooManyConditions, match=r"alice@example\.com would have 21 .* allows 20"):
        check(foreign(20))


def test_spelling_of_the_person_does_not_matter():
    with pytest.raises(TooManyConditions):
        check(foreign(20, "user:Alice@Example.com"))


def test_expired_bindings_of_ours_are_not_counted():
    dead = [
        new_binding(replace(ACCESS, start=NOW - (n + 2) * HOUR, end=NOW - (n + 1) * HOUR))
        for n in range(20)
    ]
    check(dead)


@pytest.mark.parametrize(
    "binding",
    [
        bound("roles/storage.admin", "user:alice@example.com", expression="a"),
        bound(ADMIN, "user:bob@example.com", expression="a"),
        bound(ADMIN, "group:alice@example.com", expression="a"),
    ],
)
def test_other_roles_and_people_do_not_count(binding):
    check([*foreign(19), *[binding] * 5])


# Complexity


def test_ten_operators_of_a_resource_condition_leave_room_for_two():
    ten = " || ".join(f'resource.name == "{n}"' for n in range(11))
    check([], replace(ACCESS, resource_condition=ten))
    with pytest.raises(ConditionTooComplex, match=r"13 logical operators .* IAM allows 12"):
        check([], replace(ACCESS, resource_condition=f"!({ten})"))


def test_a_condition_that_cannot_be_joined_is_refused():
    with pytest.raises(ConditionTooComplex, match=r"cannot be joined .*: it is not CEL"):
        check([], replace(ACCESS, resource_condition="a &&"))


# Basic roles


@pytest.mark.parametrize("role", ["roles/owner", "roles/editor", "roles/viewer"])
def test_basic_roles_refuse_a_time_limit(role):
    with pytest.raises(BasicRole) as told:
        check([], replace(ACCESS, role=role))
    assert str(told.value) == (
        f"{role} is a basic role, and IAM allows no time limit on owner, editor and viewer."
        " Ask an administrator to make a predefined or custom role eligible instead."
    )


def test_the_newer_basic_roles_take_conditions():
    for role in ("roles/admin", "roles/writer", "roles/reader"):
        check([], replace(ACCESS, role=role))


# Roles that are held already


def test_the_refusal_says_that_the_role_is_held_permanently():
    with pytest.raises(AlreadyHeld) as told:
        check([bound(ADMIN, "user:bob@example.com", "user:Alice@Example.com")])
    assert str(told.value) == (
        "You already have roles/compute.admin on this project without a time limit."
        " There is nothing to activate."
    )


def test_a_reviewer_reads_who_holds_the_role():
    with pytest.raises(AlreadyHeld) as told:
        check([bound(ADMIN, "user:alice@example.com")], beneficiary="alice@example.com")
    assert str(told.value) == (
        "There is nothing to activate for alice@example.com:"
        " they already have roles/compute.admin on this project without a time limit."
    )


def test_the_refusal_names_the_group_that_grants_the_role_with_its_path():
    nested = Principals(
        "alice@example.com",
        {
            "user:alice@example.com": ("user:alice@example.com",),
            "group:b@example.com": (
                "user:alice@example.com",
                "group:a@example.com",
                "group:b@example.com",
            ),
        },
    )
    with pytest.raises(
        AlreadyHeld, match=r"through the group a@example\.com, which is in b@example\.com\."
    ):
        check([bound(ADMIN, "group:B@example.com")], principals=nested)


def test_a_role_granted_on_a_folder_above_counts_as_held():
    above = AttachedPolicy(FOLDER, {"bindings": [bound(ADMIN, "user:alice@example.com")]})
    with pytest.raises(AlreadyHeld, match="on folder 10 without"):
        check([], inherited=[above])


@pytest.mark.parametrize(
    "binding",
    [
        bound("roles/compute.viewer", "user:alice@example.com"),
        bound(ADMIN, "user:bob@example.com", "group:sre@example.com"),
        bound(ADMIN, "user:alice@example.com", expression="has({}.jitAccessConstraint)"),
        bound(ADMIN, "serviceAccount:alice@example.com"),
    ],
)
def test_other_roles_people_and_conditions_do_not_count_as_held(binding):
    check([binding], inherited=[AttachedPolicy(FOLDER, {"bindings": [binding]})])


def test_a_condition_without_expression_counts_as_none():
    empty = bound(ADMIN, "user:alice@example.com") | {"condition": {"title": "", "expression": ""}}
    with pytest.raises(AlreadyHeld):
        check([empty])


# Grantable roles


def test_only_a_clear_no_of_iam_refuses_a_role():
    check_grantable(ADMIN, project_id="shop", is_grantable=True)
    check_grantable(ADMIN, project_id="shop", is_grantable=None)
    with pytest.raises(NotGrantable, match=r"compute\.admin cannot be granted on project shop\."):
        check_grantable(ADMIN, project_id="shop", is_grantable=False)


def test_every_failed_check_is_a_refusal_and_a_policy_without_bindings_passes():
    check_policy({"etag": "ACAB"}, [ACCESS], now=NOW, principals=ALICE)
    kinds = (PolicyFull, TooManyConditions, ConditionTooComplex, BasicRole, AlreadyHeld)
    assert all(issubclass(kind, Refusal) for kind in (*kinds, NotGrantable))
