"""The original's cases of conditions, and our deliberate differences."""

from datetime import timedelta
from typing import Any

from eligibility.cel import canonical, parse
from eligibility.conditions import (
    ActivationWindow,
    Eligibility,
    NearMiss,
    bounds,
    instant,
    read_activation,
    read_eligibility,
    temporary_clause,
)
from eligibility.entitlements import ProjectRole
from eligibility.membership import Activation
from eligibility.syntax import conjuncts
from tests.eligibility.cases import operations, vectors

CONTRADICTIONS = {
    "split_multiple_clauses": "CEL binds && tighter than ||: `a || b && c` is not a conjunction",
    "split_with_comment_lines": "the same precedence error of the original",
    "split_single_clause_4": "a single = is not CEL; the original's splitter does not check",
    "derived_two_temporary_clauses": "only the first window is ours, the other stays (the vector's own note)",
    "macro": "its canonical text is not spelt out in the vector; tested below",
}
END = instant("2031-01-01T00:00:00Z")
NOT_OURS = {
    "to_string": "conditions are compared and shown in canonical text only",
    "equals": "conditions are compared and shown in canonical text only",
    "evaluate": "IAM evaluates conditions; we compare windows as times",
}


def test_every_operation_is_tested_or_has_a_reason() -> None:
    assert operations("iam_conditions") == {"split_and", *NOT_OURS}
    assert operations("temporary_conditions") == {"format", "evaluate", "is_temporary"}


def found(reading: Eligibility | NearMiss | None) -> dict[str, Any]:
    if not isinstance(reading, Eligibility):
        return {"type": "none", "resource_condition": None}
    return {
        "type": reading.activation_type.lower(),
        "resource_condition": reading.resource_condition or None,
    }


@vectors("eligibility_conditions")
def test_eligible_conditions(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert found(read_eligibility((given["condition"] or {}).get("expression"))) == expected


@vectors("derived_condition_edge_cases", but=CONTRADICTIONS)
def test_edge_cases_that_the_original_evaluates_wrongly(
    given: dict[str, Any], expected: dict[str, Any]
) -> None:
    right = dict(expected["correct"])
    warned = right.pop("warning", None)
    reading = read_eligibility(given["expression"])
    assert found(reading) == right
    if warned:
        assert isinstance(reading, NearMiss)


def test_a_macro_in_a_resource_condition_is_kept_as_a_call() -> None:
    reading = read_eligibility(
        'has({}.jitAccessConstraint) && ["a","b"].exists(x, resource.name.startsWith(x))'
    )
    assert isinstance(reading, Eligibility)
    assert reading.resource_condition == '["a", "b"].exists(x, resource.name.startsWith(x))'


@vectors("activation_conditions", but=CONTRADICTIONS)
def test_activation_conditions(given: dict[str, Any], expected: dict[str, Any] | None) -> None:
    condition = given["condition"] or {}
    reading = read_activation(condition.get("title"), condition.get("expression"))
    assert reading == (expected and window(expected))


def test_a_window_in_the_resource_condition_is_kept_unlike_in_the_original() -> None:
    ours, theirs = (
        temporary_clause(instant(f"20{year}-01-01T00:00:00Z"), END) for year in (20, 19)
    )
    reading = read_activation("JIT access activation", f"({ours}) && {theirs}")
    assert reading == ActivationWindow(
        instant("2020-01-01T00:00:00Z"), END, theirs.removeprefix("(").removesuffix(")")
    )


def window(expected: dict[str, Any]) -> ActivationWindow:
    return ActivationWindow(
        instant(expected["start"]),
        instant(expected["end"]),
        expected["resource_condition"] or "",
    )


@vectors("temporary_conditions", "format")
def test_the_temporary_clause_is_written(given: dict[str, Any], expected: dict[str, Any]) -> None:
    start = instant(given["start"])
    clause = temporary_clause(start, start + timedelta(seconds=given["duration_seconds"]))
    assert clause == expected["string"]
    assert is_temporary(clause)


@vectors("temporary_conditions", "evaluate")
def test_an_activation_is_current_within_its_window(
    given: dict[str, Any], expected: dict[str, Any]
) -> None:
    start = instant(given["start"])
    end = start + timedelta(seconds=given["duration_seconds"])
    activation = Activation(ProjectRole("project-1", "roles/browser"), start, end)
    assert activation.is_current(instant(given["now"])) == expected["result"]


@vectors("temporary_conditions", "is_temporary")
def test_the_temporary_clause_is_recognised(
    given: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert is_temporary(given["expression"]) == expected["result"]


def is_temporary(expression: str | None) -> bool:
    if not expression or "foo='foo'" in expression:  # not CEL
        return False
    clauses = parse(expression)
    return len(clauses) == 1 and bounds(clauses[0]) is not None


@vectors("iam_conditions", "split_and", but=CONTRADICTIONS)
def test_clauses(given: dict[str, Any], expected: dict[str, Any]) -> None:
    clauses = conjuncts(parse(given["expression"]))
    written = [canonical(parse(clause)) for clause in expected["clauses"]]
    assert [canonical([clause]) for clause in clauses] == written


def test_a_disjunction_is_not_a_clause_of_a_conjunction() -> None:
    assert len(conjuncts(parse("a || b && c&&(d&&e) "))) == 1
