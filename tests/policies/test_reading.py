"""A valid document, its hash and its warnings."""

from __future__ import annotations

import hashlib

import pytest
from pydantic import ValidationError

from policies.document.reading import read

WHOLE = """version: 1
rules:
- name: production admins
  when:
    projects: ["*-prod"]
    folders: ["folders/11"]
    roles: ["roles/*.admin"]
    types: [JIT, MPA]
    requesters: ["group:Contractors@Example.com", "user:*@partner.example"]
  require:
    duration: {max: 1h, default: 30m}
    justification: {pattern: "[A-Z].{9,}", hint: "What is broken, and for whom?"}
    ticket: {label: Incident, pattern: "INC-[0-9]+", url: "https://tickets.example.com/{ticket}"}
    approval:
      stages:
      - {from: [peers, "group:Leads@example.com"], count: 2}
      - {from: ["user:sue@example.com"], count: 1}
      answer_within: 7d
      remind_after: 30m
      escalate: {after: 1d, to: ["group:duty@example.com"]}
  break_glass: {who: ["group:on-call@example.com"], review_by: ["group:security@example.com"], review_within: 3d}
"""


def warnings(*whens: str) -> list[str]:
    listed = "".join(f"- {{name: r{number}, {when}}}\n" for number, when in enumerate(whens))
    return [str(one) for one in read(f"version: 1\nrules:\n{listed}").warnings]


def test_every_key_is_read() -> None:
    (rule,) = read(WHOLE).document.rules
    approval, broken = rule.require.approval, rule.break_glass
    assert rule.require.duration
    assert approval
    assert approval.escalate
    assert broken
    assert (rule.require.duration.max, rule.require.duration.default) == (60, 30)
    assert (approval.answer_within, approval.remind_after) == (7 * 1440, 30)
    assert (approval.escalate.after, approval.escalate.to) == (1440, ("group:duty@example.com",))
    assert [(stage.approvers, stage.count) for stage in approval.stages] == [
        (("peers", "group:leads@example.com"), 2),
        (("user:sue@example.com",), 1),
    ]
    assert broken.review_within == 3 * 1440


def test_people_and_groups_are_read_in_lower_case() -> None:
    (rule,) = read(WHOLE).document.rules
    assert rule.when.requesters == ("group:contractors@example.com", "user:*@partner.example")


def test_the_hash_is_that_of_the_text_in_utf_8() -> None:
    text = "version: 1\nrules: [] # Zürich\n"
    assert read(text).sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_a_document_never_changes() -> None:
    document = read(WHOLE).document
    with pytest.raises(ValidationError):
        document.rules[0].name = "other"


def test_text_is_read_as_written_whatever_yaml_makes_of_it() -> None:
    (rule,) = read('version: 1\nrules:\n- {name: "on", when: {projects: ["123"]}}\n').document.rules
    assert (rule.name, rule.when.projects) == ("on", ("123",))


def test_a_rule_that_an_earlier_one_hides_is_a_warning_at_its_position() -> None:
    found = warnings("when: {projects: [a, b]}", "when: {projects: [b], roles: [roles/viewer]}")
    said = "The rule 'r1' never decides: 'r0' comes first and matches all of its roles."
    assert found == [f"4:3: {said} Move it up, or delete it."]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("require: {}", "when: {projects: [a]}"),
        ('when: {projects: ["*"]}', "when: {folders: [folders/1]}"),
        ("when: {types: [JIT, MPA]}", "require: {}"),
        ('when: {requesters: ["user:*"]}', 'when: {requesters: ["group:a@example.com"]}'),
        ("when: {projects: [a]}", "when: {projects: [a]}"),
    ],
)
def test_equal_and_wildcard_lists_hide_a_later_rule(earlier: str, later: str) -> None:
    assert len(warnings(earlier, later)) == 1


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("when: {projects: [a]}", "when: {projects: [a, b]}"),
        ("when: {projects: [a]}", "require: {}"),
        ("when: {types: [JIT]}", "when: {types: [MPA]}"),
        ('when: {folders: ["folders/*"]}', "when: {projects: [a]}"),
        ("when: {projects: [a], roles: [roles/x]}", "when: {projects: [a]}"),
    ],
)
def test_a_rule_that_may_decide_is_no_warning(earlier: str, later: str) -> None:
    assert warnings(earlier, later) == []


GLASS = "break_glass: {{who: [{}], review_by: [{}], review_within: 1d}}"
ALICE, BOB = '"user:alice@example.com"', '"user:Bob@example.com"'


def test_a_rule_whose_only_reviewer_may_break_glass_is_a_warning_at_its_position() -> None:
    found = warnings(GLASS.format(f'{ALICE}, "user:bob@example.com"', BOB))
    said = "The rule 'r0' refuses break glass to user:bob@example.com: nobody else is in review_by."
    assert found == [f"3:3: {said} Name another person or a group there."]


@pytest.mark.parametrize(
    ("who", "review_by"),
    [
        (ALICE, BOB),
        (f"{ALICE}, {BOB}", f"{ALICE}, {BOB}"),
        ('"group:on-call@example.com"', BOB),
        ('"group:on-call@example.com"', '"group:on-call@example.com"'),
    ],
)
def test_break_glass_that_somebody_else_may_review_is_no_warning(who: str, review_by: str) -> None:
    assert warnings(GLASS.format(who, review_by)) == []
