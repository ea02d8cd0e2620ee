"""What holds for every document and every request."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from policies.document.problems import InvalidDocument, Problem
from policies.document.reading import read
from policies.document.shadowing import hidden_rules
from policies.document.shape import Document
from policies.rules.facts import FactsMissing, RoleFacts
from policies.rules.policy import Policy
from policies.rules.requirements import Requirements, combined
from policies.rules.wishes import SHORTEST_BREAK_GLASS, Wish, break_glass_objections, objections
from tests.policies.documents import ENVIRONMENT, MPA, NOW, policy
from tests.policies.drawn import FACTS, RULES, STAGED, WITH_BREAK_GLASS, text_of

JUSTIFICATIONS = st.sampled_from(("Bug 1", "bug 1", "Fix it!", "x"))
TICKETS = st.sampled_from(("", "B-1", "B-x", "7"))


def matches(rule: dict[str, Any], facts: RoleFacts) -> bool:
    """The meaning of `when` in as few words as possible, to compare with."""
    values = {
        "projects": {facts.project_id},
        "folders": facts.folders or set(),
        "roles": {facts.role},
        "types": {facts.activation_type.value},
        "requesters": {f"user:{facts.requester}", *(facts.groups or ())},
    }
    return all(
        any(fnmatchcase(value, wildcard) for wildcard in wanted for value in values[key])
        for key, wanted in rule.get("when", {}).items()
    )


def expected(rules: list[dict[str, Any]], facts: RoleFacts) -> str:
    return next((rule["name"] for rule in rules if matches(rule, facts)), "")


def assert_tightens(found: Requirements, facts: RoleFacts) -> None:
    assert 1 <= found.terms.default_minutes <= found.terms.max_minutes <= ENVIRONMENT.max_minutes
    assert ENVIRONMENT.justification in found.terms.justifications
    assert found.needs_approval or facts.activation_type is not MPA
    if found.approval:
        assert 1 <= found.approval.answer_within <= 7 * 1440
        assert all(stage.count >= 1 and stage.approvers for stage in found.approval.stages)


@given(RULES, FACTS)
def test_the_first_rule_that_matches_decides_and_otherwise_the_environment(
    rules: list[dict[str, Any]], facts: RoleFacts
) -> None:
    found = policy(text_of(rules)).requirements(facts)
    assert found.rule == expected(rules, facts)
    if not found.rule:
        assert found == policy("version: 1\nrules: []").requirements(facts)


@given(RULES, FACTS)
def test_rules_only_tighten(rules: list[dict[str, Any]], facts: RoleFacts) -> None:
    found = policy(text_of(rules)).requirements(facts)
    assert_tightens(found, facts)


@given(RULES, FACTS, st.integers(-5, 200), JUSTIFICATIONS, TICKETS)
def test_what_a_rule_allows_the_environment_allows(
    rules: list[dict[str, Any]], facts: RoleFacts, minutes: int, justification: str, ticket: str
) -> None:
    wish = Wish(minutes, justification, ticket)
    terms = policy(text_of(rules)).requirements(facts).terms
    alone = policy("version: 1\nrules: []").requirements(facts).terms
    refused = {one.text for one in objections(wish, terms, now=NOW)}
    if not refused:
        assert objections(wish, alone, now=NOW) == ()
    assert {one.field for one in objections(wish, alone, now=NOW)} <= {
        one.field for one in objections(wish, terms, now=NOW)
    }


@given(RULES | STAGED | WITH_BREAK_GLASS, FACTS)
def test_stages_and_break_glass_are_those_of_the_rule_that_decides(
    rules: list[dict[str, Any]], facts: RoleFacts
) -> None:
    found = policy(text_of(rules)).requirements(facts)
    rule = next((one for one in rules if one["name"] == found.rule), {})
    asked = rule.get("require", {}).get("approval", {}).get("stages", [])
    stages = found.approval.stages if found.approval else ()
    assert [(list(one.approvers), one.count) for one in stages] == [
        (one["from"], one["count"]) for one in asked
    ]
    assert found.needs_approval == bool(asked or facts.activation_type is MPA)
    assert (found.break_glass is not None) == ("break_glass" in rule)


@given(RULES | WITH_BREAK_GLASS, FACTS, st.sampled_from(("x" * 19, "x" * 20)))
def test_only_people_whom_the_deciding_rule_names_may_break_glass(
    rules: list[dict[str, Any]], facts: RoleFacts, justification: str
) -> None:
    found = policy(text_of(rules)).requirements(facts)
    rule = next((one for one in rules if one["name"] == found.rule), {})
    who = set(rule.get("break_glass", {}).get("who", ()))
    is_named = bool(who & {f"user:{facts.requester}", *(facts.groups or ())})
    allowed = not break_glass_objections(justification, found, facts)
    assert allowed == (is_named and len(justification) >= SHORTEST_BREAK_GLASS)
    unread = replace(facts, groups=None)
    with suppress(FactsMissing):
        assert allowed or break_glass_objections(justification, found, unread)


@given(RULES, FACTS)
def test_break_glass_changes_nothing_else(rules: list[dict[str, Any]], facts: RoleFacts) -> None:
    without = [{key: rule[key] for key in rule if key != "break_glass"} for rule in rules]
    found = policy(text_of(rules)).requirements(facts)
    assert replace(found, break_glass=None) == policy(text_of(without)).requirements(facts)


@given(RULES, FACTS, st.data())
def test_the_order_matters_exactly_where_matches_overlap(
    rules: list[dict[str, Any]], facts: RoleFacts, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(rules))
    before = policy(text_of(rules)).requirements(facts).rule
    after = policy(text_of(shuffled)).requirements(facts).rule
    matching = [rule["name"] for rule in rules if matches(rule, facts)]
    if len(matching) <= 1:
        assert before == after
    else:
        assert after == next(rule["name"] for rule in shuffled if rule["name"] in matching)


@given(RULES, FACTS)
def test_a_rule_that_does_not_match_could_as_well_be_missing(
    rules: list[dict[str, Any]], facts: RoleFacts
) -> None:
    left = [rule for rule in rules if matches(rule, facts)]
    assert policy(text_of(rules)).requirements(facts) == policy(text_of(left)).requirements(facts)


@given(RULES, FACTS)
def test_a_warned_rule_never_decides(rules: list[dict[str, Any]], facts: RoleFacts) -> None:
    reading = read(text_of(rules))
    hidden = {rules[number]["name"] for number, _ in hidden_rules(reading.document.rules)}
    assert Policy(reading.document, ENVIRONMENT).requirements(facts).rule not in hidden


@given(RULES, FACTS)
def test_missing_facts_are_an_error_or_change_nothing(
    rules: list[dict[str, Any]], facts: RoleFacts
) -> None:
    asked = policy(text_of(rules))
    for partly in (
        replace(facts, folders=None),
        replace(facts, groups=None),
        replace(facts, folders=None, groups=None),
        replace(facts, groups=frozenset(), groups_are_complete=False),
    ):
        try:
            found = asked.requirements(partly)
        except FactsMissing:
            continue
        assert found == asked.requirements(facts)


@given(RULES, FACTS)
def test_what_is_needed_is_enough_and_nothing_else_is_looked_at(
    rules: list[dict[str, Any]], facts: RoleFacts
) -> None:
    asked = policy(text_of(rules))
    needed = asked.needed(
        project_id=facts.project_id,
        requester=facts.requester,
        roles=[(facts.role, facts.activation_type)],
    )
    groups = facts.groups or frozenset()
    only = replace(
        facts,
        folders=facts.folders if needed.ancestry else None,
        groups=groups & needed.requester_groups if needed.requester_groups else None,
    )
    assert asked.requirements(only) == asked.requirements(facts)


@given(RULES, st.lists(FACTS, min_size=1, max_size=4), st.integers(1, 200), JUSTIFICATIONS, TICKETS)
def test_several_roles_allow_what_each_of_them_allows(
    rules: list[dict[str, Any]],
    several: list[RoleFacts],
    minutes: int,
    justification: str,
    ticket: str,
) -> None:
    asked = policy(text_of(rules))
    parts = [asked.requirements(facts) for facts in several]
    wish = Wish(minutes, justification, ticket)
    together = combined(parts)
    allowed = not objections(wish, together, now=NOW)
    assert allowed == all(not objections(wish, part.terms, now=NOW) for part in parts)
    assert together.rule in {part.rule for part in parts}
    assert together.default_minutes <= together.max_minutes


@settings(max_examples=300)
@given(RULES, FACTS, st.data())
def test_a_damaged_document_is_refused_or_still_only_tightens(
    rules: list[dict[str, Any]], facts: RoleFacts, data: st.DataObject
) -> None:
    text = text_of(rules)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        gone = data.draw(st.integers(0, 3))
        put = data.draw(st.text('{}[]",:-*&!|>%@#?~ \n\t01mhdax', max_size=3))
        text = text[:at] + put + text[at + gone :]
    assert_harmless(text, facts)


@settings(max_examples=300)
@given(st.text(max_size=200), FACTS)
@example("\ud800", RoleFacts("p", "roles/x", MPA, "a@b"))
@example("? ? ? a", RoleFacts("p", "roles/x", MPA, "a@b"))
def test_any_text_is_refused_or_only_tightens(text: str, facts: RoleFacts) -> None:
    assert_harmless(text, facts)


def assert_harmless(text: str, facts: RoleFacts) -> None:
    found = document_or_problems(text)
    if isinstance(found, Document):
        assert_tightens(Policy(found, ENVIRONMENT).requirements(facts), facts)
        return
    lines = text.count("\n") + text.count("\r") + 1
    assert found
    assert all(1 <= problem.place.line <= lines + 1 for problem in found)
    assert all("another value" not in problem.text for problem in found)


def document_or_problems(text: str) -> Document | tuple[Problem, ...]:
    try:
        return read(text).document
    except InvalidDocument as error:
        return error.problems


@given(RULES)
def test_a_random_document_is_valid(rules: list[dict[str, Any]]) -> None:
    assume(rules)
    assert len(read(text_of(rules)).document.rules) == len(rules)
