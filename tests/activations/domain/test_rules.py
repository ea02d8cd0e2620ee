"""Which requests are valid; messages and order of checks are the original's where it has them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from pytest_django import Settings

from activations.domain import rules
from activations.domain.rules import Limits, Refusal
from activations.iam.dependencies import current_limits
from eligibility.entitlements import ProjectRole
from tests.conftest import PersonClient
from tests.jitaccess.cases import cases, vectors
from tests.journeys.shop import ACTIVATE, COMPUTE, TEN_ROLES, activate, activation_body

pytestmark = pytest.mark.one_database


@pytest.fixture
def limits() -> Limits:
    return current_limits()


def pattern(limits: Limits, text: str, hint: str = "hint") -> Limits:
    return replace(limits, justification_pattern=text, justification_hint=hint)


@vectors("justification", names={"no_match_2", "no_match_3"})
def test_justifications_that_do_not_match(
    given: dict[str, Any], expected: dict[str, Any], limits: Limits
) -> None:
    wanted = pattern(limits, given["pattern"], given["hint"])
    with pytest.raises(Refusal) as refusal:
        rules.check_criteria(given["justification"], limits=wanted)
    assert str(refusal.value) == f"Justification does not meet criteria: {given['hint']}"
    assert expected.get("message", str(refusal.value)) == str(refusal.value)


def test_a_missing_justification_is_refused_before_any_pattern() -> None:
    missing = {"missing_null", "missing_empty"}
    assert missing <= cases("justification").keys()
    for text in ("", " \n\t", "\u00a0\u2003"):
        with pytest.raises(Refusal, match="Provide a justification"):
            rules.check_justification(text)


@pytest.mark.parametrize(
    ("text", "matches"), [("b/1", True), ("b/12", True), ("b/1 ", False), ("xb/1", False)]
)
def test_the_whole_justification_must_match(text: str, matches: bool, limits: Limits) -> None:
    wanted = pattern(limits, r"b/(\d+)")
    if matches:
        rules.check_criteria(text, limits=wanted)
    else:
        with pytest.raises(Refusal):
            rules.check_criteria(text, limits=wanted)


@pytest.mark.parametrize("text", ["CASE\n1", "CASE \r\n 1", "CASE\r1", "CASE 1"])
def test_patterns_match_the_text_with_spaces_for_line_breaks(text: str, limits: Limits) -> None:
    """In the original, `.` did not match line breaks."""
    rules.check_criteria(rules.check_justification(text), limits=pattern(limits, "CASE 1|.* 1"))


def test_no_pattern_takes_long_for_any_justification(limits: Limits) -> None:
    with pytest.raises(Refusal):
        rules.check_criteria("a" * 1000, limits=pattern(limits, r"(\w+\s?)+#\d+"))


@pytest.mark.parametrize(
    "text", ["\u200b", "\u2060\ufeff", "\u202e \u2066", "\u3164", "\u2800 \u115f"]
)
def test_a_text_without_visible_characters_is_not_a_justification(text: str) -> None:
    with pytest.raises(Refusal, match="Provide a justification"):
        rules.check_justification(text)


def test_digits_in_patterns_are_those_of_java(limits: Limits) -> None:
    with pytest.raises(Refusal):
        rules.check_criteria("٣", limits=pattern(limits, r"\d"))


def test_a_justification_may_have_1000_characters_after_composition() -> None:
    assert len(rules.check_justification("e\u0301" * 1000)) == 1000
    assert rules.check_justification("  x  ") == "x"
    with pytest.raises(Refusal, match="1001 characters, at most 1000"):
        rules.check_justification("x" * 1001)


@pytest.mark.parametrize("letter", ["\x00", "\x1b", "\x7f", "\x85", "\ud800"])
def test_control_characters_are_refused(letter: str) -> None:
    with pytest.raises(Refusal, match="control characters"):
        rules.check_justification(f"CASE{letter}1")


@for_all(st.text())
def test_a_valid_justification_can_be_stored_everywhere(text: str) -> None:
    try:
        kept = rules.check_justification(text)
    except Refusal:
        return
    assert kept == kept.strip() == unicodedata.normalize("NFC", kept)
    assert kept.encode()
    assert "\x00" not in kept
    assert rules.check_justification(kept) == kept


def test_durations(limits: Limits) -> None:
    rules.check_duration(120, limits=limits)
    with pytest.raises(Refusal, match="must be no longer than 120 minutes"):
        rules.check_duration(121, limits=limits)
    for minutes in (0, -5):
        with pytest.raises(Refusal, match="The duration must be positive"):
            rules.check_positive(minutes)
    rules.check_positive(1)


ORDER: Sequence[tuple[dict[str, Any], str]] = [
    ({"entitlementIds": []}, "Specify one or more roles to activate"),
    ({"justification": " "}, "Provide a justification"),
    ({"justification": "x" * 1001}, "The justification is too long"),
    ({"entitlementIds": ["xx"]}, "Invalid ProjectRole ID"),
    ({"entitlementIds": ["elsewhere:roles/browser"]}, "belongs to another project"),
    (
        {"entitlementIds": [*TEN_ROLES, COMPUTE + "2"]},
        "The number of roles exceeds the allowed maximum of 10",
    ),
    ({"activationTimeout": 0}, "The duration must be positive"),
    ({"justification": "no case"}, "Justification does not meet criteria: A case"),
    ({"activationTimeout": 121}, "The activation duration must be no longer than 120 minutes"),
]


@pytest.fixture
def strict_limits(settings: Settings) -> None:
    settings.JUSTIFICATION_PATTERN = r"CASE-\d+"
    settings.JUSTIFICATION_HINT = "A case"


@pytest.mark.parametrize("place", range(len(ORDER)))
def test_the_first_error_is_reported(place: int, alice: PersonClient, strict_limits: None) -> None:
    change, message = ORDER[place]
    later: dict[str, Any] = {}
    for mistake, _ in reversed(ORDER[place + 1 :]):
        later |= mistake
    answer = alice.api_post(ACTIVATE, activation_body() | later | change)
    assert answer.status_code == 400
    assert message in answer.json()["message"]


def test_rules_are_checked_before_any_call_to_google(
    alice: PersonClient, simulated: Any, strict_limits: None
) -> None:
    for change, _ in ORDER:
        alice.api_post(ACTIVATE, activation_body() | change)
    assert len(simulated.calls.google) == 0


def test_a_blank_project_is_refused(alice: PersonClient) -> None:
    case = cases("activation_validation")["self_activate_blank_project"]
    answer = alice.api_post("/api/projects/%20/roles/self-activate", case["input"]["body"])
    assert answer.status_code == case["expected"]["status"]
    assert answer.json()["message"] == case["expected"]["message"]
    roles = alice.api_get("/api/projects/%20/roles")
    expected = cases("rest_actions")["roles_blank_project"]["expected"]
    assert (roles.status_code, roles.json()["message"]) == (expected["status"], expected["message"])


def test_as_many_roles_as_allowed_fit_into_one_request(limits: Limits) -> None:
    roles = [ProjectRole("p", f"roles/r{number}") for number in range(11)]
    rules.check_role_count(roles[:10], limits=limits)
    with pytest.raises(Refusal, match=r"exceeds the allowed maximum of 10$"):
        rules.check_role_count(roles, limits=limits)


def test_a_role_named_twice_counts_once(alice: PersonClient) -> None:
    answer = activate(alice, *TEN_ROLES, TEN_ROLES[0])
    assert answer.status_code == 200, answer.content
    assert sorted(role["id"] for role in answer.json()["entitlements"]) == sorted(TEN_ROLES)
