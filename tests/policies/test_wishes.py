"""What people ask for, checked against what is required, for one role and for several."""

from __future__ import annotations

from datetime import timedelta

import pytest

from policies.rules.facts import FactsMissing
from policies.rules.requirements import Terms, TicketRule, combined, strictest
from policies.rules.wishes import Wish, break_glass_objections, objections
from tests.policies.documents import ENVIRONMENT, NOW, facts, rules

RULE = (
    "require: {duration: {max: 1h}, justification: {pattern: '[A-Z].*', hint: Begin with a capital},"
    " ticket: {label: Incident, pattern: 'INC-[0-9]+', url: 'https://t.example.com/?id={ticket}'}}"
)
BREAK_GLASS = "break_glass: {who: ['group:on-call@example.com', 'user:dave@example.com'], review_by: ['user:sue@example.com'], review_within: 1d}"
EMERGENCY = "The shop is down in Europe"


def terms(rule: str = RULE) -> Terms:
    return rules(rule).requirements(facts()).terms


def refused(terms: Terms, **changes: object) -> list[tuple[str, str]]:
    wish = Wish(**({"minutes": 60, "justification": "Broken", "ticket": "INC-1"} | changes))  # type: ignore[arg-type]
    return [(one.field, one.text) for one in objections(wish, terms, now=NOW)]


def test_a_wish_that_meets_everything_is_not_refused() -> None:
    assert refused(terms()) == []


@pytest.mark.parametrize(
    ("changes", "field", "text"),
    [
        ({"minutes": 0}, "duration", "The duration must be positive"),
        (
            {"minutes": 61},
            "duration",
            "The activation duration must be no longer than 60 minutes",
        ),
        (
            {"justification": "broken"},
            "justification",
            "Justification does not meet criteria: Begin with a capital",
        ),
        (
            {"justification": "Broken!"},
            "justification",
            "Justification does not meet criteria: No exclamation marks",
        ),
        ({"ticket": ""}, "ticket", "Enter a ticket: Incident"),
        ({"ticket": "INC-1 "}, "ticket", "The ticket does not match INC-[0-9]+: Incident"),
        ({"ticket": "1" * 201}, "ticket", "The ticket must have at most 200 characters"),
        (
            {"start": NOW + timedelta(days=7, seconds=1)},
            "start",
            "The start must be within the next 7 days",
        ),
    ],
)
def test_what_is_not_allowed_is_refused_with_the_hint(
    changes: dict[str, object], field: str, text: str
) -> None:
    assert refused(terms(), **changes) == [(field, text)]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    found = refused(terms(), minutes=500, justification="no!", ticket="x")
    assert [field for field, _ in found] == ["duration", "justification", "justification", "ticket"]


def test_a_start_now_in_the_past_or_within_a_week_is_allowed() -> None:
    for start in (None, NOW, NOW - timedelta(days=9), NOW + timedelta(days=7)):
        assert refused(terms(), start=start) == []


def test_a_ticket_is_never_asked_for_where_no_rule_does() -> None:
    assert refused(terms("require: {}"), ticket="") == []


def test_the_address_of_a_ticket_is_percent_encoded() -> None:
    ticket = TicketRule("L", (".*",), "https://t.example.com/{ticket}?a={ticket}")
    assert ticket.address("a/b?c=ü ") == (
        "https://t.example.com/a%2Fb%3Fc%3D%C3%BC%20?a=a%2Fb%3Fc%3D%C3%BC%20"
    )
    assert TicketRule("L", (".*",)).address("x") is None


def test_several_roles_must_meet_all_requirements() -> None:
    parts = [
        rules(one).requirements(facts())
        for one in (
            RULE,
            "require: {duration: {max: 2h, default: 10m}, ticket: {label: Change, pattern: '.*7'}}",
            "require: {}",
        )
    ]
    found = combined(parts)
    assert (found.max_minutes, found.default_minutes) == (60, 10)
    assert len(found.justifications) == 2
    assert found.ticket == TicketRule(
        "Incident, Change", ("INC-[0-9]+", ".*7"), "https://t.example.com/?id={ticket}"
    )
    assert refused(found, ticket="INC-7") == []
    assert refused(found, ticket="INC-8") == [
        ("ticket", "The ticket does not match .*7: Incident, Change")
    ]


def test_the_strictest_rule_gives_its_name() -> None:
    found = rules(
        "when: {projects: [p0]}",
        "when: {projects: [p1]}, require: {duration: {max: 5m}}",
        "when: {projects: [p2]}, require: {approval: {stages: [{from: [peers], count: 1}]}}",
        "when: {projects: [p3]}, require: {approval: {stages: [{from: [peers], count: 2}]}}",
    )
    parts = [found.requirements(facts(project_id=f"p{number}")) for number in (4, 0, 1, 2, 3)]
    for number in range(1, 5):
        assert strictest(parts[: number + 1]).rule == f"r{number - 1}"
        assert strictest(parts[number::-1]).rule == f"r{number - 1}"


def test_who_may_break_glass_must_describe_the_emergency() -> None:
    found = rules(BREAK_GLASS).requirements(facts())
    on_call = facts(groups=frozenset({"group:on-call@example.com"}))
    assert break_glass_objections(EMERGENCY, found, on_call) == ()
    assert break_glass_objections(EMERGENCY, found, facts(requester="Dave@example.com")) == ()
    assert [one.field for one in break_glass_objections("Down", found, on_call)] == [
        "justification"
    ]


def test_others_may_not_break_glass() -> None:
    found = rules(BREAK_GLASS).requirements(facts())
    for groups in (frozenset(), frozenset({"group:other@example.com"})):
        assert break_glass_objections(EMERGENCY, found, facts(groups=groups))
    with pytest.raises(FactsMissing):
        break_glass_objections(EMERGENCY, found, facts())
    without = rules("require: {}").requirements(facts())
    (objection,) = break_glass_objections(EMERGENCY, without, facts())
    assert objection.field == "breakGlass"


def test_the_environment_alone_asks_for_its_own_values() -> None:
    assert refused(rules().requirements(facts()).terms, minutes=ENVIRONMENT.max_minutes) == []
