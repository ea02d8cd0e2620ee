"""All our bindings in a policy are found, for any person, and their descriptions are parsed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from activations.domain.bindings import (
    ParsedDescription,
    Wanted,
    approved_by,
    find_ours,
    new_binding,
    read_description,
    read_ours,
    self_approved,
)

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ALICE = Wanted("alice@example.com", "roles/x", "", NOW, NOW + HOUR, "Self-approved")
BOB = replace(ALICE, email="bob@example.com", role="roles/y", resource_condition='a == "b"')


def test_bindings_are_found_with_person_role_and_window() -> None:
    found = find_ours({"bindings": [new_binding(ALICE), new_binding(BOB)]})
    assert [(one.email, one.role) for one in found] == [
        ("alice@example.com", "roles/x"),
        ("bob@example.com", "roles/y"),
    ]
    assert [one.ours.resource_condition for one in found] == ["", 'a == "b"']
    assert {(one.ours.start, one.ours.end) for one in found} == {(NOW, NOW + HOUR)}
    assert found[1].ours.binding == new_binding(BOB)
    assert found[1].expression == new_binding(BOB)["condition"]["expression"]
    assert found[0].description == "Self-approved"


def test_members_are_read_in_lower_case() -> None:
    (found,) = find_ours(
        {"bindings": [new_binding(ALICE) | {"members": ["USER:Alice@Example.com"]}]}
    )
    assert found.email == "alice@example.com"


@pytest.mark.parametrize("missing", [{}, {"description": None}, {"description": ""}])
def test_a_binding_without_description_has_an_empty_one(missing: dict[str, Any]) -> None:
    binding = new_binding(ALICE)
    del binding["condition"]["description"]
    binding["condition"] |= missing
    assert [one.description for one in find_ours({"bindings": [binding]})] == [""]


@pytest.mark.parametrize(
    "change",
    [
        {"members": ["user:alice@example.com", "user:bob@example.com"]},
        {"members": ["group:alice@example.com"]},
        {"members": ["serviceAccount:alice@example.com"]},
        {"members": []},
        {"members": None},
        {"condition": None},
        {"condition": {"title": "JIT access activation"}},
        {"condition": {**new_binding(ALICE)["condition"], "title": "Temporary"}},
        {"condition": {**new_binding(ALICE)["condition"], "expression": "true"}},
    ],
)
def test_bindings_of_another_form_are_skipped_and_the_search_goes_on(
    change: dict[str, Any],
) -> None:
    policy = {"bindings": [new_binding(ALICE) | change, new_binding(BOB)]}
    assert [one.email for one in find_ours(policy)] == ["bob@example.com"]


@pytest.mark.parametrize("policy", [{}, {"bindings": None}, {"bindings": []}])
def test_a_policy_without_bindings_has_none_of_ours(policy: dict[str, Any]) -> None:
    assert find_ours(policy) == []


def test_a_binding_without_members_or_role_is_skipped() -> None:
    for name in ("members", "role"):
        binding = new_binding(ALICE)
        del binding[name]
        assert read_ours(binding, emails=["alice@example.com"], role="roles/x") is None


@pytest.mark.parametrize(
    ("description", "parsed"),
    [
        (self_approved("CASE-1"), ParsedDescription("CASE-1")),
        (approved_by(["bob@example.com"], "CASE-2"), ParsedDescription("CASE-2", is_approval=True)),
        (
            approved_by(["bob@example.com"], self_approved("x")),
            ParsedDescription("Self-approved, justification: x", is_approval=True),
        ),
        (
            approved_by(["bob@example.com", "carol@example.com"], "CASE-3, justification: none"),
            ParsedDescription("CASE-3, justification: none", is_approval=True),
        ),
        ("as told on the phone", ParsedDescription("as told on the phone")),
        (
            "It is Approved by x, justification: y",
            ParsedDescription("It is Approved by x, justification: y"),
        ),
        ("", ParsedDescription("")),
    ],
)
def test_a_description_contains_the_justification_and_the_reviewer(
    description: str, parsed: ParsedDescription
) -> None:
    assert read_description(description) == parsed


def test_the_description_of_an_approval_fits_iam() -> None:
    assert approved_by(["bob@example.com"], "CASE-1") == (
        "Approved by bob@example.com, justification: CASE-1"
    )
    assert len(approved_by(["bob@example.com"], "x" * 1000)) == 256
