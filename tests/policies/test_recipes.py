"""docs/access-policies.md: every document on the page is valid, and each recipe does what it says."""

from __future__ import annotations

import pytest

from policies.document.reading import read
from policies.rules.policy import Policy
from policies.rules.requirements import Requirements
from policies.rules.wishes import Wish, break_glass_objections, objections
from tests.policies.documents import ENVIRONMENT, JIT, MPA, NOW, decided, facts, policy
from tests.policies.recipes import DOCUMENTS, RECIPES, name_of_test

CONTRACTORS = frozenset({"group:contractors@example.com"})


def recipe(title: str) -> Policy:
    return policy(RECIPES[title])


def required(title: str, **changes: object) -> Requirements:
    return recipe(title).requirements(facts(**changes))


def approvers(found: Requirements) -> list[tuple[tuple[str, ...], int]]:
    assert found.approval is not None
    return [(stage.approvers, stage.count) for stage in found.approval.stages]


@pytest.mark.parametrize("text", DOCUMENTS)
def test_every_document_on_the_page_is_valid_and_each_rule_can_decide(text: str) -> None:
    assert read(text).warnings == ()


def test_every_recipe_has_a_test_here() -> None:
    assert len(RECIPES) >= 10
    assert [title for title in RECIPES if name_of_test(title) not in globals()] == []


def test_less_time_in_production() -> None:
    title = "Less time in production"
    assert required(title).terms.max_minutes == 60
    assert required(title, project_id="shop-dev").terms.max_minutes == ENVIRONMENT.max_minutes


def test_an_incident_for_every_access_to_production() -> None:
    terms = required("An incident for every access to production").terms
    wish = Wish(minutes=60, justification="Broken")
    assert [one.field for one in objections(wish, terms, now=NOW)] == ["ticket"]
    assert objections(Wish(60, "Broken", ticket="INC-4711"), terms, now=NOW) == ()
    assert terms.ticket is not None
    assert terms.ticket.address("INC-4711") == "https://tickets.example.com/browse/INC-4711"


def test_contractors_need_a_sponsor() -> None:
    title = "Contractors need a sponsor"
    found = required(title, groups=CONTRACTORS)
    assert approvers(found) == [(("group:sponsors@example.com",), 1)]
    partner = required(title, requester="pat@partner.example")
    assert partner == found
    assert not required(title, groups=frozenset()).needs_approval


def test_on_call_engineers_skip_approval_in_an_emergency() -> None:
    found = required("On-call engineers skip approval in an emergency")
    assert found.needs_approval
    on_call = facts(groups=frozenset({"group:on-call@example.com"}))
    assert break_glass_objections("The shop is down in Europe", found, on_call) == ()
    assert break_glass_objections("The shop is down in Europe", found, facts(groups=frozenset()))


def test_four_eyes_for_roles_that_change_iam() -> None:
    title = "Four eyes for roles that change IAM"
    for role in ("roles/iam.securityAdmin", "roles/resourcemanager.projectIamAdmin"):
        assert approvers(required(title, role=role)) == [
            (("peers", "group:leads@example.com"), 1),
            (("group:security@example.com",), 1),
        ]
    assert decided(recipe(title), role="roles/viewer") == ""


def test_changes_in_a_window() -> None:
    found = required("Changes in a window", project_id="billing-prod")
    assert found.terms.default_minutes == 120
    assert objections(Wish(120, "Upgrade", ticket="CHG0012345"), found.terms, now=NOW) == ()
    assert objections(Wish(120, "Upgrade", ticket="CHG12"), found.terms, now=NOW)
    assert found.approval is not None
    assert (found.approval.answer_within, found.approval.remind_after) == (3 * 1440, 1440)


def test_everything_below_a_folder() -> None:
    title = "Everything below a folder"
    assert decided(recipe(title), folders=frozenset({"folders/1", "folders/4711"})) != ""
    assert decided(recipe(title), folders=frozenset({"folders/1"})) == ""


def test_reminder_and_escalation_when_nobody_answers() -> None:
    title = "Reminder and escalation when nobody answers"
    found = required(title, role="roles/bigquery.admin", activation_type=MPA).approval
    assert found is not None
    assert found.escalation is not None
    assert (found.remind_after, found.escalation.after) == (30, 120)
    assert found.escalation.to == ("group:data-owners@example.com",)
    assert not required(title, role="roles/bigquery.admin", activation_type=JIT).needs_approval


def test_an_exception_before_the_rule() -> None:
    title = "An exception before the rule"
    assert required(title, project_id="sandbox-alice").terms.max_minutes == 120
    assert required(title).terms.max_minutes == 60


def test_viewers_for_a_day_editors_for_an_hour() -> None:
    title = "Viewers for a day, editors for an hour"
    for role in ("roles/storage.objectViewer", "roles/run.viewer"):
        assert decided(recipe(title), role=role) == "read only"
    editor = required(title, role="roles/run.editor").terms
    assert editor.max_minutes == 60
    hints = [one.text for one in objections(Wish(30, "Because"), editor, now=NOW)]
    assert hints == [
        "Justification does not meet criteria: Begin with the bug or case, such as BUG-123."
    ]


def test_two_designated_approvers() -> None:
    title = "Two designated approvers"
    found = required(title, role="roles/bigquery.dataEditor")
    assert approvers(found) == [(("group:data-owners@example.com",), 2)]
    assert not required(title, role="roles/bigquery.dataViewer").needs_approval


def test_support_works_only_with_a_case_on_part_of_the_projects() -> None:
    title = "Support works only with a case, on part of the projects"
    support = frozenset({"group:support@example.com"})
    assert decided(recipe(title), groups=support) == "support"
    assert decided(recipe(title), groups=frozenset()) == ""
    assert decided(recipe(title), groups=support, project_id="billing-prod") == ""
