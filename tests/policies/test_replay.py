"""What another policy would have decided otherwise about a request that was made."""

from __future__ import annotations

from typing import Any

import pytest

from policies.rules.policy import Policy
from policies.rules.replay import UNCHANGED, Asked, Change, Outcome, Unknown, replay
from policies.rules.wishes import Wish
from tests.policies.documents import JIT, MPA, NOW, policy, rules

LEADS = "approval: {stages: [{from: ['group:leads@example.com'], count: 1}]}"
TWO_LEADS = LEADS.replace("count: 1", "count: 2")
PEERS = "approval: {stages: [{from: [peers], count: 1}]}"
ON_CALL = (
    "break_glass: {who: ['group:on-call@example.com'], review_by: ['user:x@example.com'],"
    " review_within: 3d}"
)
TICKET = "require: {ticket: {label: Incident, pattern: 'INC-[0-9]+'}}"
BUG = "require: {justification: {pattern: 'BUG-.*', hint: A bug}}"


def outcome(before: Policy, after: Policy, **changes: Any) -> Outcome:
    given = {
        "project_id": "shop-prod",
        "requester": "alice@example.com",
        "roles": ("roles/compute.admin",),
        "types": (JIT,),
    }
    wish: dict[str, Any] = {"minutes": 60, "justification": "BUG-1 in the shop", "ticket": ""}
    wish |= {name: changes.pop(name) for name in list(changes) if name in wish}
    return replay(Asked(**(given | changes), wish=Wish(**wish)), before, after, now=NOW)


def changed(before: Policy, after: Policy, **changes: Any) -> set[Change]:
    found = outcome(before, after, **changes)
    assert not found.unknown
    return set(found.changes)


@pytest.mark.parametrize(
    ("before", "after", "asked", "wanted"),
    [
        ("", "require: {duration: {max: 30m}}", {}, Change.DURATION_REFUSED),
        ("require: {duration: {max: 30m}}", "", {}, Change.DURATION_ALLOWED),
        ("", "require: {duration: {max: 90m}}", {}, Change.SHORTER_MAXIMUM),
        ("require: {duration: {max: 90m}}", "", {}, Change.LONGER_MAXIMUM),
        ("", BUG, {"justification": "to look"}, Change.JUSTIFICATION_REFUSED),
        (BUG, "", {"justification": "to look"}, Change.JUSTIFICATION_ALLOWED),
        ("", TICKET, {}, Change.TICKET_REFUSED),
        (TICKET, "", {"ticket": "CHG-1"}, Change.TICKET_ALLOWED),
        ("", f"require: {{{LEADS}}}", {}, Change.APPROVAL_NEEDED),
        (f"require: {{{LEADS}}}", "", {}, Change.APPROVAL_NOT_NEEDED),
        ("", f"require: {{{LEADS}}}", {"types": (MPA,)}, Change.OTHER_APPROVERS),
        (f"require: {{{LEADS}}}", f"require: {{{TWO_LEADS}}}", {}, Change.OTHER_APPROVERS),
        (
            f"require: {{{PEERS}}}",
            f"require: {{{PEERS}}}, {ON_CALL}",
            {},
            Change.OTHER_BREAK_GLASS,
        ),
        (
            f"require: {{{PEERS}}}",
            f"require: {{{PEERS[:-1]}, answer_within: 2h}}}}",
            {},
            Change.OTHER_ANSWER_TIME,
        ),
    ],
)
def test_each_difference_is_told(
    before: str, after: str, asked: dict[str, Any], wanted: Change
) -> None:
    assert changed(*(rules(*filter(None, [one])) for one in (before, after)), **asked) == {wanted}


@pytest.mark.parametrize("asked", [{"justification": "BUG-1"}, {"ticket": "INC-1"}])
def test_a_request_that_meets_the_new_rule_is_unchanged(asked: dict[str, Any]) -> None:
    rule = TICKET if "ticket" in asked else BUG
    assert outcome(rules(), rules(rule), **asked) == UNCHANGED


def test_names_hints_offers_and_the_order_of_approvers_decide_nothing() -> None:
    first = policy(
        "version: 1\nrules:\n- name: a\n  require:\n    duration: {max: 1h, default: 10m}\n"
        "    justification: {pattern: 'x.*', hint: x}\n"
        "    approval: {stages: [{from: [peers, 'user:a@example.com'], count: 1}]}\n"
    )
    second = policy(
        "version: 1\nrules:\n- name: b\n  require:\n    duration: {max: 1h, default: 20m}\n"
        "    justification: {pattern: 'x.*', hint: y}\n"
        "    approval: {stages: [{from: ['user:a@example.com', peers], count: 1}]}\n"
    )
    assert outcome(first, second) == UNCHANGED


def test_several_differences_are_told_at_once() -> None:
    after = rules(f"require: {{duration: {{max: 30m}}, {LEADS}}}")
    assert changed(rules(), after) == {Change.DURATION_REFUSED, Change.APPROVAL_NEEDED}


def test_several_roles_meet_all_their_rules() -> None:
    after = rules("when: {roles: [roles/owner]}, require: {duration: {max: 30m}}")
    assert outcome(rules(), after) == UNCHANGED
    asked = ("roles/compute.admin", "roles/owner")
    assert changed(rules(), after, roles=asked) == {Change.DURATION_REFUSED}


@pytest.mark.parametrize(
    ("condition", "unknown"),
    [
        ("folders: [folders/11]", Unknown.FOLDERS),
        ("requesters: ['group:contractors@example.com']", Unknown.GROUPS),
    ],
)
def test_facts_that_are_not_stored_are_unknown_and_never_guessed(
    condition: str, unknown: Unknown
) -> None:
    after = rules(f"when: {{{condition}}}, require: {{duration: {{max: 30m}}}}")
    assert outcome(rules(), after) == Outcome(unknown=frozenset({unknown}))
    assert outcome(after, rules()) == Outcome(unknown=frozenset({unknown}))


def test_a_condition_that_both_policies_have_leaves_other_requests_known() -> None:
    hidden = "when: {folders: [folders/11]}, require: {duration: {max: 30m}}"
    other = "when: {projects: [other]}, require: {duration: {max: 10m}}"
    assert outcome(rules(hidden), rules(hidden, other)) == UNCHANGED
    after = rules(hidden, "require: {duration: {max: 10m}}")
    assert outcome(rules(hidden), after).unknown == {Unknown.FOLDERS}


def test_a_rule_for_another_role_does_not_depend_on_facts() -> None:
    after = rules(
        "when: {folders: [folders/11], roles: [roles/owner]}, require: {duration: {max: 5m}}"
    )
    assert outcome(rules(), after) == UNCHANGED


def test_a_type_that_is_not_stored_is_unknown_only_where_it_matters() -> None:
    either = (MPA, JIT)
    assert changed(rules(), rules("require: {duration: {max: 30m}}"), types=either) == {
        Change.DURATION_REFUSED
    }
    after = rules("when: {types: [JIT]}, require: {duration: {max: 30m}}")
    assert outcome(rules(), after, types=either).unknown == {Unknown.TYPE}


def test_break_glass_that_was_used_is_compared_with_who_may_use_it() -> None:
    mine, hers = (
        rules(f"require: {{{PEERS}}}, {ON_CALL.replace('group:on-call', f'user:{name}')}")
        for name in ("alice", "eve")
    )
    on_call, without = rules(f"require: {{{PEERS}}}, {ON_CALL}"), rules(f"require: {{{PEERS}}}")
    used: dict[str, Any] = {"used_break_glass": True, "types": (MPA, JIT)}
    for after in (hers, without):
        assert changed(mine, after, **used) == {Change.BREAK_GLASS_REFUSED}
        assert changed(after, mine, **used) == {Change.BREAK_GLASS_ALLOWED}
    assert outcome(mine, on_call, **used).unknown == {Unknown.GROUPS}
    assert outcome(on_call, on_call, **used) == UNCHANGED
    assert changed(mine, rules(), **used | {"types": (JIT,)}) == {Change.APPROVAL_NOT_NEEDED}
    slower = rules(f"require: {{{PEERS}}}, {ON_CALL.replace('3d', '4d')}")
    assert changed(on_call, slower, **used) == set()
