"""Which conditions make a role eligible, which cause a warning, and which are ignored."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eligibility.conditions import Eligibility, NearMiss, read_eligibility
from eligibility.entitlements import ActivationType
from tests.eligibility.cases import JIT, MPA
from tests.eligibility.expressions import conditions, outcomes


@pytest.mark.parametrize(
    "expression",
    [
        JIT,
        "HAS({}.JITACCESSCONSTRAINT)",
        "has\t(\n{ } . jitAccessConstraint )",
        f"(({JIT}))",
        f"!!{JIT}",
        f"{JIT} && {JIT}",
        f"{MPA} && {JIT}",
        f"// until further notice\n{JIT} // && {MPA}",
    ],
)
def test_equivalent_spellings_of_the_marker_make_a_role_eligible(expression: str) -> None:
    assert read_eligibility(expression) == Eligibility(ActivationType.JIT)


@pytest.mark.parametrize("expression", [f"a && {MPA} && b || c", f"{MPA} || a"])
def test_a_marker_in_a_disjunction_makes_nothing_eligible(expression: str) -> None:
    assert reason(expression) == (
        "has({}.multiPartyApprovalConstraint) must be joined to the rest of the condition with &&"
    )


@pytest.mark.parametrize(
    "expression",
    [
        f"!{JIT}",
        f"a ? {JIT} : b",
        f"{JIT} ? a : b",
        f"[{JIT}].exists(x, x)",
        f"f({JIT})",
        f"{JIT} == true",
        f"a[{JIT}]",
        "{'a': has({}.jitAccessConstraint)}['a']",
        "A{b: has({}.jitAccessConstraint)}.b",
        "A{jitAccessConstraint: true}.b",
        "has({}.a.jitAccessConstraint)",
        "has({'a': 1}.jitAccessConstraint)",
        "has(x.jitAccessConstraint)",
        "x.has({}.jitAccessConstraint)",
        ".has({}.jitAccessConstraint)",
        "{}.jitAccessConstraint",
        "jitAccessConstraint",
        "jitAccessConstraint()",
        f"{JIT} && !{JIT}",
        f"{JIT} && (a || {JIT})",
    ],
)
def test_a_marker_in_the_wrong_place_causes_a_warning(expression: str) -> None:
    assert "must be joined" in reason(expression)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("jitAccessConstrain", JIT),
        ("jit_access_constraint", JIT),
        ("JitAcessConstraint", JIT),
        ("jitAcesConstraint", JIT),
        ("jitAccess", JIT),
        ("myJitAccessThing", JIT),
        ("multiPartyApproval", MPA),
        ("multipartyAprovalConstraint", MPA),
        ("multiPatryApprovalConstraint", MPA),
        ("MULTI_PARTY_APPROVAL_CONSTRAINT", MPA),
        ("mpaAccessConstraint", MPA),
    ],
)
def test_a_misspelt_marker_causes_a_warning(word: str, meant: str) -> None:
    assert reason(f"has({{}}.{word})") == f'"{word}" is not a marker; use {meant} instead'


@pytest.mark.parametrize(
    "expression",
    [
        "has({}.jit Access Constraint)",
        "has({},jitAccessConstraint)",
        f"{JIT} && a = b",
        f'{JIT} && resource.name == "a\\"',
        f"{JIT} && " + "[" * 300 + "a" + "]" * 300,
        f"{JIT} &&" + " " * 100_000 + "a",
    ],
)
def test_an_unparseable_condition_with_a_marker_causes_a_warning(expression: str) -> None:
    assert reason(expression).startswith("its condition cannot be read: it is ")


@pytest.mark.parametrize(
    "expression",
    [
        None,
        "",
        " \n",
        "resource.type == 'storage.googleapis.com/Bucket'",
        "resource.name.startsWith('projects/_/buckets/jit-access-constraint-logs')",
        "resource.name == 'jitAccessConstraint'",
        "request.time < timestamp('2030-01-01T00:00:00Z') // was has({}.jitAccessConstraint)",
        "has({}.breakGlassConstraint)",
        "accessConstraint",
        "a = b is no CEL, and none of our business",
        "resource.matchTag('7/multiPartyApproval', 'x')",
    ],
)
def test_conditions_without_a_marker_are_ignored(expression: str | None) -> None:
    assert read_eligibility(expression) is None


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("has({}.externalApprovalConstraint)", f"a marker of JIT Groups; use {MPA} instead"),
        ("has({}.reviewerPrivilege)", f"a marker of JIT Groups; use {MPA} instead"),
        (
            "has({}.multiPartyApprovalConstraint.team)",
            f'takes no suffix such as ".team"; use {MPA}',
        ),
        ("has({}.jitAccessConstraint.topic)", f'takes no suffix such as ".topic"; use {JIT}'),
        ("has({}.jit\u0410ccessConstraint)", f"only look like Latin letters; use {JIT} instead"),
        ("has({}.multiP\u0430rtyApprovalC\u043enstraint)", f"use {MPA} instead"),
        ("has({}.jit\u200bAccessConstraint)", f"use {JIT} instead"),
    ],
)
def test_the_warning_names_the_likely_intention(expression: str, said: str) -> None:
    assert said in reason(expression)


def test_both_markers_on_one_binding_cause_a_warning() -> None:
    reading = read_eligibility(f"{MPA} && {JIT}")
    assert isinstance(reading, Eligibility)
    assert reading.has_both_markers


def reason(expression: str) -> str:
    reading = read_eligibility(expression)
    assert isinstance(reading, NearMiss)
    return reading.reason


@given(expression=conditions(st.sampled_from(["a", "b", "c", "true", JIT, JIT, MPA])))
@settings(max_examples=50)
def test_an_eligible_condition_is_false_and_with_a_true_marker_equals_the_resource_condition(
    expression: str,
) -> None:
    reading = read_eligibility(expression)
    if isinstance(reading, Eligibility):
        assert not any(outcomes(marked(expression, "false")))
        assert outcomes(marked(expression, "true")) == outcomes(
            reading.resource_condition or "true"
        )


@given(before=conditions(), after=conditions(), marker=st.sampled_from([JIT, MPA]))
@settings(max_examples=15)
def test_a_marker_between_any_two_conditions_makes_their_conjunction_eligible(
    before: str, after: str, marker: str
) -> None:
    reading = read_eligibility(f"({before}\n) && {marker} && ({after}\n)")
    assert isinstance(reading, Eligibility)
    assert reading.activation_type == (ActivationType.JIT if marker == JIT else ActivationType.MPA)
    assert outcomes(reading.resource_condition) == outcomes(f"({before}\n) && ({after}\n)")


@given(expression=conditions())
@settings(max_examples=15)
def test_nothing_is_eligible_without_a_marker(expression: str) -> None:
    assert read_eligibility(expression) is None


def marked(expression: str, value: str) -> str:
    return expression.replace(JIT, value).replace(MPA, value)
