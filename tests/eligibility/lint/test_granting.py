"""Which conditions may grant their role although the marker is false."""

from __future__ import annotations

import pytest
from hypothesis import assume, given

from eligibility.cel import Unparseable, canonical, parse
from eligibility.conditions import NearMiss, read_eligibility
from eligibility.lint.granting import really_grants
from eligibility.syntax import Node, Operator, levels
from tests.eligibility.cases import JIT, MPA
from tests.eligibility.trees import trees

BEFORE = 'request.time < timestamp("2020-01-01T00:00:00Z")'


@pytest.mark.parametrize(
    "condition",
    [
        f"{JIT} || true",
        f"!{JIT}",
        f"!({JIT} && a)",
        f"{JIT} || {BEFORE}",
        f"{MPA} || resource.name == 'x'",
        f"({JIT} || a) && b",
        f"({JIT} && a) || b",
        f"{JIT} ? a : b",
        f"a ? b : {JIT}",
        f"{JIT} == false",
        f"{JIT} != true",
        f"{JIT} == a",
        f"[{JIT}].exists(x, x || true)",
        "!has({}.jitAccesConstraint)",
        "has({}.jitAccessConstraint.team) || a",
        "has({}.externalApprovalConstraint) || true",
    ],
)
def test_a_condition_that_can_be_true_without_its_marker_really_grants(condition: str) -> None:
    assert really_grants(condition)
    assert isinstance(read_eligibility(condition), NearMiss), "the index would not keep it"


@pytest.mark.parametrize(
    "condition",
    [
        JIT,
        f"{JIT} && a",
        f"a && ({JIT} && !b)",
        f"{JIT} && (a || true)",
        f"{JIT} && {MPA}",
        f"{JIT} || false",
        f"{JIT} || {MPA}",
        f"{JIT} ? true : false",
        f"{JIT} ? a : {MPA}",
        f"a && false || {JIT}",
        f"{JIT} == true",
        f"false != {JIT}",
        f"!!{JIT}",
        "has({}.jitAccesConstraint)",
        "has({}.jitAccessConstraint.team)",
        "has({}.externalApprovalConstraint) && a",
        "HAS({}.JITACCESSCONSTRAINT) && a",
        f"{JIT} && resource.`name` == 'x'",
        "has({}.jit\u0410ccessConstraint)",
        "",
    ],
)
def test_a_condition_that_is_false_with_its_marker_does_not(condition: str) -> None:
    assert not really_grants(condition)


def text_of(tree: Node) -> str:
    """A condition that parses, without markers."""
    text = canonical([tree])
    try:
        parse(text)
    except Unparseable:
        assume(False)
    return text


@given(trees())
def test_a_marker_joined_by_and_never_grants(tree: Node) -> None:
    other = text_of(tree)
    assert not really_grants(f"{JIT} && ({other})")
    assert not really_grants(f"({other}) && {JIT}")


@given(trees())
def test_a_marker_joined_by_or_grants_unless_the_rest_is_certainly_false(tree: Node) -> None:
    other = text_of(tree)
    is_false = not really_grants(other)
    assert really_grants(f"{JIT} || ({other})") is not is_false
    if not any(isinstance(node, Operator) for level in levels([tree]) for node in level):
        assert is_false is (other == "false")
