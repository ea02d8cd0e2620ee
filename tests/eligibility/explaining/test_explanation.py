"""The one pure function: what decides, what is only told, and what stays hidden."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from eligibility.entitlements import ActivationType
from eligibility.explaining.looks import Failed, Question, Trouble
from eligibility.explaining.steps import Check, Outcome, Step, Verdict, in_order, verdict_of
from eligibility.people import People
from tests.eligibility.cases import FOLDER, JIT, MPA, NOON, Attached
from tests.eligibility.explaining.looking import (
    CLOSER,
    QUESTION,
    ROLE,
    TIMES,
    binding,
    explained,
    look,
    texts,
)

OWN = Question("alice@example.com", "project-1", ROLE)
BUCKET = 'resource.name.startsWith("projects/_/buckets/logs")'


def test_one_failure_decides_and_then_one_unknown() -> None:
    def steps(*outcomes: Outcome) -> list[Step]:
        return [Step(Check.ROLE, outcome, "") for outcome in outcomes]

    assert verdict_of(steps(Outcome.PASS, Outcome.INFO)) is Verdict.ELIGIBLE
    assert verdict_of(steps(Outcome.PASS, Outcome.UNKNOWN)) is Verdict.UNKNOWN
    assert verdict_of(steps(Outcome.UNKNOWN, Outcome.FAIL)) is Verdict.NOT_ELIGIBLE


def test_steps_are_shown_in_one_order_and_once() -> None:
    first, last = Step(Check.PROJECT, Outcome.PASS, "a"), Step(Check.INDEX, Outcome.INFO, "b")
    assert in_order([last, first, last]) == (first, last)


def test_there_is_a_check_for_access_policies_that_nothing_emits_yet() -> None:
    assert Check("rule") in Check
    assert Check.RULE not in {step.check for step in explained(look(binding())).steps}


def test_without_a_binding_of_ones_own_a_closer_look_does_not_show() -> None:
    first = look(binding("user:bob@example.com"), question=OWN)
    assert explained(first, closer=CLOSER) == explained(first, closer=None)
    assert [step.check for step in explained(first).steps] == [Check.BINDING]


def test_a_binding_of_another_role_shows_the_project_and_not_the_others() -> None:
    first = look(binding(role="roles/browser"), binding("user:bob@example.com"), question=OWN)
    found = explained(first)
    assert "exists" in texts(found, "project")
    assert "bob" not in str(found)


def test_the_advice_about_an_old_index_is_for_administrators() -> None:
    old = replace(TIMES, indexed_at=NOON - timedelta(days=2))
    (own,) = [
        step.remedy
        for step in explained(look(binding(), question=OWN), times=old).steps
        if step.check == Check.INDEX
    ]
    assert own == (
        "Ask an administrator to run manage.py refresh_eligibility, and check the schedule of"
        " /cron/refresh."
    )


def test_the_rest_of_a_condition_need_not_be_about_resources() -> None:
    ended = f'{JIT} && request.time < timestamp("2020-01-01T00:00:00Z")'
    found = explained(look(binding(condition=ended)))
    assert "Access also depends on the rest of the condition: request.time" in texts(
        found, "condition"
    )
    assert texts(found, "window") == "Eligibility ended at 2020-01-01 00:00:00 UTC."


def test_another_condition_with_which_the_role_is_eligible_is_noted() -> None:
    image = 'resource.name.startsWith("projects/_/buckets/images")'
    both = [binding(condition=f"{JIT} && {one}") for one in (BUCKET, image)]
    assert f"Another binding of the role has a marker and the condition: {BUCKET}" in texts(
        explained(look(*both)), "condition"
    )
    narrowed = replace(QUESTION, resource_condition=image)
    assert "Another" not in texts(explained(look(*both, question=narrowed)), "condition")


def test_self_approval_wins_over_approval() -> None:
    found = explained(look(binding(condition=MPA), binding(condition=JIT)))
    assert found.activation_type is ActivationType.JIT


def test_the_binding_that_works_is_explained_and_the_others_are_noted() -> None:
    over = f'{JIT} && request.time < timestamp("2020-01-01T00:00:00Z")'
    first = look(binding(condition=over), binding(condition=f"{JIT} && {BUCKET}"))
    found = explained(
        look(*first.facts.policies[0].policy["bindings"], binding(condition="!" + JIT))
    )
    assert found.verdict is Verdict.ELIGIBLE
    assert BUCKET in texts(found, "condition")
    assert "Another binding on project project-1 does not count" in texts(found, "condition")


def test_a_beginning_and_an_end_within_the_longest_activation_are_told() -> None:
    starts = f'{JIT} && request.time > timestamp("2030-01-01T12:30:00Z")'
    assert "begins at 2030-01-01 12:30:00 UTC" in texts(
        explained(look(binding(condition=starts))), "window"
    )
    ends = f'{JIT} && request.time < timestamp("2030-01-01T12:30:00Z")'
    found = explained(look(binding(condition=ends)))
    assert found.verdict is Verdict.ELIGIBLE
    assert "ends at 2030-01-01 12:30:00 UTC" in texts(found, "window")


@pytest.mark.parametrize(("age", "remedy"), [(1, False), (25, True)])
def test_the_age_of_the_index_is_told_and_decides_nothing(age: int, remedy: bool) -> None:
    times = replace(TIMES, indexed_at=NOON - timedelta(hours=age))
    found = explained(look(binding()), times=times)
    [step] = [step for step in found.steps if step.check is Check.INDEX]
    assert step.outcome is Outcome.INFO
    assert bool(step.remedy) == remedy
    assert found.verdict is Verdict.ELIGIBLE
    assert "index" not in {step.check for step in explained(look(binding())).steps}


def test_a_stranger_reads_nothing_of_the_index() -> None:
    times = replace(TIMES, indexed_at=NOON)
    first = look(binding("user:bob@example.com"), question=OWN)
    assert [step.check for step in explained(first, times=times).steps] == [Check.BINDING]


@pytest.mark.parametrize("state", ["DELETE_REQUESTED", "SUSPENDED"])
def test_only_active_projects_count(state: str) -> None:
    assert explained(look(binding()), state=state).verdict is Verdict.NOT_ELIGIBLE


def test_a_state_that_cannot_be_read_decides_nothing() -> None:
    hidden = Failed(Trouble.REFUSED, "denied")
    assert explained(look(binding()), state=hidden, is_listed=hidden).verdict is Verdict.ELIGIBLE


def test_a_live_policy_without_answer_leaves_the_verdict_open() -> None:
    first = replace(look(binding()), live_policy=Failed(Trouble.SILENT, "timed out"))
    found = explained(first)
    assert found.verdict is Verdict.UNKNOWN
    assert "timed out" in texts(found, "project")


def test_members_without_answer_are_told() -> None:
    first = look(binding("group:others@example.com"))
    found = explained(first, people=Failed(Trouble.SILENT, "timed out"))
    assert "others@example.com could not be read: timed out" in texts(found, "group")


def test_principals_that_are_no_people_are_told() -> None:
    found = explained(look(binding("principalSet://iam.googleapis.com/x/*")))
    assert "neither people nor groups" in texts(found, "membership")


def test_long_lists_of_members_are_cut() -> None:
    members = [f"user:p{number}@example.com" for number in range(25)]
    found = explained(look(binding(*members), on=FOLDER))
    assert "and 5 more" in texts(found, "binding")


def test_an_unreadable_group_of_the_person_that_is_not_bound_does_not_matter() -> None:
    unread = People({}, (), unread=frozenset({"team@example.com"}))
    first = look(binding("user:bob@example.com"))
    assert explained(first, people=unread).verdict is Verdict.NOT_ELIGIBLE


def test_bindings_above_the_scope_of_other_people_are_not_told() -> None:
    above = (Attached(FOLDER, {"bindings": [binding("user:bob@example.com")]}),)
    assert "above" not in texts(explained(look(), above=above), "scope")
    mine = (Attached(FOLDER, {"bindings": [binding()]}),)
    assert "folder 42 is above the scope" in texts(explained(look(), above=mine), "scope")
    assert QUESTION.sees_all
