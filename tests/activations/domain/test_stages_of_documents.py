"""Random access policies: what a request must be approved by when another policy became active meanwhile."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from activations.domain.stages import Approval, Demand, NotCovered, demands, progress
from policies.rules.facts import RoleFacts
from policies.rules.requirements import ApprovalTerms
from tests.policies.documents import policy
from tests.policies.drawn import APPROVERS, FACTS, RULES, STAGED, text_of

ALL = STAGED | RULES
# What a person who approves is: a peer, a member of groups, or named.
RIGHTS = APPROVERS.map(frozenset)


def approval(rules: list[dict[str, Any]], facts: RoleFacts) -> ApprovalTerms | None:
    return policy(text_of(rules)).requirements(facts).approval


def admits(
    named: tuple[str, ...], terms: ApprovalTerms, rights: frozenset[str], late: bool
) -> bool:
    """Whether one rule alone lets a person approve a stage; `late` after the escalation."""
    return bool(rights & {*named, *_escalated(terms, late)})


def _escalated(terms: ApprovalTerms, late: bool) -> tuple[str, ...]:
    return terms.escalation.to if late and terms.escalation else ()


def joined(kept: ApprovalTerms, active: ApprovalTerms | None, late: bool) -> tuple[Demand, ...]:
    """Return what is demanded; nothing when the request must be made again."""
    try:
        every = range(1, len(kept.stages) + 1)
        return demands(kept, active, escalated=every if late else ())
    except NotCovered:
        return ()


@given(ALL, ALL, FACTS, RIGHTS, st.booleans())
def test_another_policy_lets_nobody_approve_whom_the_kept_rule_does_not_name(
    before: list[dict[str, Any]],
    after: list[dict[str, Any]],
    facts: RoleFacts,
    rights: frozenset[str],
    late: bool,
) -> None:
    kept, active = approval(before, facts), approval(after, facts)
    if kept is None or not kept.stages:
        return
    found = joined(kept, active, late)
    for demand, stage in zip(found, kept.stages, strict=False):
        assert demand.count == stage.count
        if demand.admits(rights.__contains__):
            assert admits(stage.approvers, kept, rights, late)


@given(ALL, ALL, FACTS, st.booleans())
def test_each_stage_of_the_active_policy_is_demanded_of_the_people_that_it_names(
    before: list[dict[str, Any]],
    after: list[dict[str, Any]],
    facts: RoleFacts,
    late: bool,
) -> None:
    kept, active = approval(before, facts), approval(after, facts)
    if kept is None or active is None:
        return
    found = joined(kept, active, late)
    if not found:
        return
    for stage in active.stages:
        assert any(
            demand.count >= stage.count
            and any(
                set(named) <= {*stage.approvers, *_escalated(active, late)}
                for named in demand.lists
            )
            for demand in found
        )


@given(ALL, FACTS)
def test_the_same_policy_demands_what_it_did(rules: list[dict[str, Any]], facts: RoleFacts) -> None:
    kept = approval(rules, facts)
    if kept is None:
        return
    found = demands(kept, kept)
    assert [(one.lists, one.count) for one in found] == [
        ((tuple(dict.fromkeys(stage.approvers)),), stage.count) for stage in kept.stages
    ]


@given(ALL, FACTS, st.lists(st.tuples(st.sampled_from("abcdefghi"), st.integers(0, 4))))
def test_access_takes_as_many_people_as_the_document_demands(
    rules: list[dict[str, Any]], facts: RoleFacts, given_: list[tuple[str, int]]
) -> None:
    kept = approval(rules, facts)
    if kept is None:
        return
    found = progress(kept.stages, [Approval(person, stage) for person, stage in given_])
    if found.is_complete:
        assert len({person for person, _ in given_}) >= sum(one.count for one in kept.stages)
