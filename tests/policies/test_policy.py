"""Which rule decides, and which facts that takes."""

from __future__ import annotations

import pytest

from policies.rules.facts import FactsMissing, FactsNeeded
from policies.rules.policy import Policy
from policies.rules.requirements import Criterion
from tests.policies.documents import ENVIRONMENT, JIT, MPA, decided, facts, rules

CONTRACTORS = "group:contractors@example.com"


def needed(of: Policy, *roles: str) -> FactsNeeded:
    wanted = [(role, JIT) for role in roles or ("roles/compute.admin",)]
    return of.needed(project_id="shop-prod", requester="alice@example.com", roles=wanted)


def test_without_rules_the_values_of_the_environment_hold() -> None:
    found = rules().requirements(facts())
    assert (found.rule, found.terms.max_minutes, found.terms.default_minutes) == ("", 120, 60)
    assert found.terms.justifications == (ENVIRONMENT.justification,)
    assert not found.needs_approval
    mpa = rules().requirements(facts(activation_type=MPA)).approval
    assert mpa is not None
    assert (mpa.stages, mpa.answer_within) == ((), 60)


def test_the_first_rule_that_matches_decides() -> None:
    found = rules("when: {projects: [other]}", 'when: {projects: ["shop-*"]}', "require: {}")
    assert decided(found) == "r1"
    assert decided(found, project_id="other") == "r0"
    assert decided(found, project_id="third") == "r2"


@pytest.mark.parametrize(
    ("when", "changes"),
    [
        ('projects: ["*-prod"]', {"project_id": "shop-dev"}),
        ('folders: ["folders/11"]', {"folders": frozenset({"folders/12", "folders/111"})}),
        ('roles: ["roles/*.admin"]', {"role": "roles/compute.adminX"}),
        ("types: [JIT]", {"activation_type": MPA}),
        ('requesters: ["user:alice@example.com"]', {"requester": "bob@example.com"}),
        (f"requesters: ['{CONTRACTORS}']", {"groups": frozenset({"group:others@example.com"})}),
    ],
)
def test_every_key_that_is_given_must_hold(when: str, changes: dict[str, object]) -> None:
    given = {
        "folders": frozenset({"folders/11", "folders/1"}),
        "groups": frozenset({CONTRACTORS}),
    }
    assert decided(rules(f"when: {{{when}}}"), **given) == "r0"
    assert decided(rules(f"when: {{{when}}}"), **(given | changes)) == ""


def test_a_list_holds_alternatives() -> None:
    found = rules(f"when: {{requesters: ['{CONTRACTORS}', 'user:*@partner.example']}}")
    assert decided(found, requester="Pat@Partner.example", groups=frozenset()) == "r0"
    assert decided(found, groups=frozenset({CONTRACTORS})) == "r0"
    assert decided(found, groups=frozenset()) == ""


def test_a_rule_tightens_and_never_loosens() -> None:
    found = rules(
        'require: {duration: {max: 7d, default: 5h}, justification: {pattern: "[A-Z].*", hint: h}}'
    )
    terms = found.requirements(facts()).terms
    assert (terms.max_minutes, terms.default_minutes) == (120, 120)
    assert terms.justifications == (ENVIRONMENT.justification, Criterion("[A-Z].*", "h"))
    assert (
        rules("require: {duration: {max: 10m}}").requirements(facts()).terms.default_minutes == 10
    )


def test_a_rule_makes_a_role_need_approval_and_never_spares_one() -> None:
    approval = "require: {approval: {stages: [{from: [peers], count: 1}]}}"
    assert rules(approval).requirements(facts()).needs_approval
    assert rules("require: {}").requirements(facts(activation_type=MPA)).needs_approval
    assert not rules("require: {}").requirements(facts()).needs_approval


def test_reminders_after_the_end_of_the_request_are_dropped() -> None:
    found = rules(
        "require: {approval: {stages: [{from: [peers], count: 1}], remind_after: 1h,"
        " escalate: {after: 2h, to: ['group:a@example.com']}}}"
    ).requirements(facts())
    assert found.approval is not None
    assert (found.approval.remind_after, found.approval.escalation) == (None, None)


def test_a_rule_that_depends_on_facts_that_were_not_read_is_an_error() -> None:
    by_folder = rules("when: {folders: [folders/11]}", "require: {}")
    by_group = rules(f"when: {{requesters: ['{CONTRACTORS}']}}", "require: {}")
    for found in (by_folder, by_group):
        with pytest.raises(FactsMissing, match="r0"):
            decided(found)
    assert decided(by_folder, folders=frozenset()) == "r1"
    assert decided(by_group, groups=frozenset()) == "r1"


def test_a_rule_for_people_depends_on_no_groups() -> None:
    found = rules("when: {requesters: ['user:*@partner.example']}")
    assert decided(found) == ""
    assert decided(found, requester="pat@partner.example") == "r0"


def test_groups_that_are_not_complete_prove_membership_and_nothing_else() -> None:
    found = rules(f"when: {{requesters: ['{CONTRACTORS}']}}")
    partly = {"groups_are_complete": False}
    assert decided(found, groups=frozenset({CONTRACTORS}), **partly) == "r0"
    with pytest.raises(FactsMissing):
        decided(found, groups=frozenset({"group:others@example.com"}), **partly)


def test_facts_of_rules_that_cannot_decide_are_not_missed() -> None:
    found = rules(
        "when: {projects: [other], folders: [folders/11]}",
        "when: {roles: [roles/compute.admin]}",
        "require: {}",
        f"when: {{requesters: ['{CONTRACTORS}']}}",
    )
    assert decided(found) == "r1"
    assert needed(found) == FactsNeeded()


def test_only_facts_of_rules_that_may_decide_are_needed() -> None:
    found = rules(
        f"when: {{roles: [roles/a], requesters: ['{CONTRACTORS}']}}",
        "when: {roles: [roles/b], folders: [folders/11]}",
        "when: {roles: [roles/c], requesters: ['user:alice@example.com', 'group:x@example.com']}",
        "break_glass: {who: ['group:on-call@example.com', 'user:bob@example.com'],"
        " review_by: ['group:security@example.com'], review_within: 1d}",
        "when: {folders: [folders/12]}",
    )
    on_call = frozenset({"group:on-call@example.com"})
    assert needed(found, "roles/a") == FactsNeeded(False, frozenset({CONTRACTORS}), on_call)
    assert needed(found, "roles/b") == FactsNeeded(True, frozenset(), on_call)
    assert needed(found, "roles/c").groups == frozenset({"group:x@example.com"})
    assert needed(found, "roles/d") == FactsNeeded(False, frozenset(), on_call)
    assert needed(found, "roles/a", "roles/b").ancestry
    assert needed(rules(), "roles/a") == FactsNeeded()


def test_groups_of_approvers_are_named() -> None:
    found = rules(
        "require: {approval: {stages: [{from: [peers, 'group:a@example.com'], count: 1},"
        " {from: ['user:bob@example.com', 'group:b@example.com'], count: 1}], answer_within: 4h,"
        " escalate: {after: 1h, to: ['group:c@example.com']}}}"
    ).requirements(facts())
    assert found.approver_groups == {f"group:{name}@example.com" for name in "abc"}
    assert rules().requirements(facts()).approver_groups == frozenset()
