"""Approval in stages: which stage is open, what two rules demand together, and whether people suffice."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activations.domain.stages import (
    Approval,
    Demand,
    NotCovered,
    demands,
    granted_minutes,
    progress,
    unfillable,
)
from policies.rules.requirements import ApprovalStage, ApprovalTerms, EscalationStep

LEADS, SECURITY = "group:leads@example.com", "group:security@example.com"
DUTY = "group:duty@example.com"
PEOPLE = "abcdef"

people = st.sampled_from(PEOPLE)
counts = st.lists(st.integers(1, 3), min_size=1, max_size=4)
approvals = st.lists(st.builds(Approval, people, st.integers(0, 5), st.booleans()), max_size=12)
candidate_lists = st.lists(st.frozensets(people), min_size=1, max_size=3)


def stages(*needed: int) -> list[ApprovalStage]:
    return [ApprovalStage((LEADS,), count) for count in needed]


def terms(*found: tuple[tuple[str, ...], int], to: tuple[str, ...] = ()) -> ApprovalTerms:
    return ApprovalTerms(
        60,
        tuple(ApprovalStage(approvers, count) for approvers, count in found),
        escalation=EscalationStep(5, to) if to else None,
    )


def test_stages_are_open_one_after_the_other() -> None:
    given_by = [Approval("a", 1), Approval("b", 1), Approval("c", 2)]
    found = [progress(stages(2, 1), given_by[:count]).open for count in range(4)]
    assert found == [1, 1, 2, 0]
    assert progress(stages(2, 1), given_by).is_complete


def test_a_void_approval_opens_its_stage_again() -> None:
    found = progress(stages(1, 1), [Approval("a", 1, is_void=True), Approval("b", 2)])
    assert (found.open, found.given, found.missing) == (1, (0, 1), (1, 0))


@given(counts, approvals)
def test_nobody_counts_twice_and_void_approvals_never(
    needed: list[int], made: list[Approval]
) -> None:
    found = progress(stages(*needed), made)
    givers = {one.person for one in made if not one.is_void and 1 <= one.stage <= len(needed)}
    assert sum(found.given) == len(givers)
    without_void = progress(stages(*needed), [one for one in made if not one.is_void])
    assert without_void == found


@given(counts, approvals, people)
def test_one_more_person_in_the_open_stage_completes_at_most_that_stage(
    needed: list[int], made: list[Approval], person: str
) -> None:
    before = progress(stages(*needed), made)
    if before.is_complete:
        return
    after = progress(stages(*needed), [*made, Approval("new", before.open)])
    gained = [now - was for was, now in zip(before.given, after.given, strict=True)]
    assert sum(gained) == gained[before.open - 1] == 1
    assert after.is_complete or after.open >= before.open


def can_fill(needed: list[int], candidates: list[frozenset[str]]) -> bool:
    """Try all orders of people."""
    places = [stage for stage, count in enumerate(needed) for _ in range(count)]
    return len(places) <= len(PEOPLE) and any(
        all(person in candidates[stage] for person, stage in zip(order, places, strict=False))
        for order in permutations(PEOPLE, len(places))
    )


@given(st.data(), candidate_lists)
def test_a_stage_is_named_exactly_when_different_people_cannot_fill_all(
    data: st.DataObject, candidates: list[frozenset[str]]
) -> None:
    size = len(candidates)
    needed = data.draw(st.lists(st.integers(0, 2), min_size=size, max_size=size))
    found = unfillable(needed, candidates)
    assert (found == 0) == can_fill(needed, candidates)
    if found:
        assert can_fill(needed[: found - 1], candidates[: found - 1])
        assert not can_fill(needed[:found], candidates[:found])


def test_people_make_room_for_others() -> None:
    assert unfillable([1, 1, 1], [["a", "b"], ["a", "c"], ["a"]]) == 0
    assert unfillable([1, 1], [["a"], ["a"]]) == 2
    assert unfillable([20], [[f"p{number}" for number in range(2000)]]) == 0


def test_the_kept_stages_stand_alone_when_no_stages_are_active() -> None:
    kept = terms(((LEADS,), 2), (("peers", SECURITY), 1))
    for active in (None, ApprovalTerms(60)):
        found = demands(kept, active)
        assert found == (Demand(2, ((LEADS,),)), Demand(1, (("peers", SECURITY),)))


def test_an_approver_must_be_named_by_both_rules() -> None:
    kept, active = terms((("peers", LEADS), 1)), terms(((LEADS, SECURITY), 1))
    (found,) = demands(kept, active)
    assert found.admits(lambda one: one == LEADS)
    assert not found.admits(lambda one: one == "peers")
    assert not found.admits(lambda one: one == SECURITY)
    assert found.admits(lambda one: one in {"peers", SECURITY})


@pytest.mark.parametrize(
    ("active", "stage"),
    [
        (terms(((LEADS,), 3)), 1),
        (terms(((SECURITY,), 2)), 1),
        (terms(((SECURITY,), 1), ((LEADS,), 1)), 2),
        (terms(((LEADS,), 2), ((SECURITY,), 1), ((DUTY,), 1)), 3),
    ],
)
def test_a_stage_that_the_kept_rule_lacks_is_named(active: ApprovalTerms, stage: int) -> None:
    with pytest.raises(NotCovered) as raised:
        demands(terms(((LEADS,), 2), ((SECURITY,), 1)), active)
    assert raised.value.stage == stage


def test_a_looser_active_rule_loosens_nothing() -> None:
    kept = terms(((LEADS,), 2), ((SECURITY,), 1))
    assert demands(kept, terms(((SECURITY,), 1))) == demands(kept, None)


def test_escalated_people_count_when_each_rule_escalates_to_them() -> None:
    kept, active = terms(((LEADS,), 1), to=(DUTY,)), terms(((LEADS,), 1))
    (before,) = demands(kept, None)
    (after,) = demands(kept, None, escalated={1})
    (both,) = demands(kept, active, escalated={1})
    assert [found.admits(lambda one: one == DUTY) for found in (before, after, both)] == [
        False,
        True,
        False,
    ]


@given(st.integers(1, 600), st.lists(st.none() | st.integers(1, 600), max_size=5))
def test_the_smallest_duration_is_granted(asked: int, approved: list[int | None]) -> None:
    found = granted_minutes(asked, approved)
    assert all(found <= minutes for minutes in [asked, *filter(None, approved)])
    assert found in {asked, *approved}


def test_people_count_for_the_active_rule_only_after_its_own_time() -> None:
    kept = terms(((LEADS,), 1), to=(DUTY,))
    active = replace(kept, escalation=EscalationStep(180, (DUTY,)))
    found = [demands(kept, active, escalated={1}, open_for=minutes)[0] for minutes in (179, 180)]
    assert [one.admits(lambda name: name == DUTY) for one in found] == [False, True]
