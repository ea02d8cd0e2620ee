"""Malformed documents are refused with every problem, each in plain words and at its position."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from policies.document.problems import MOST_SHOWN, InvalidDocument
from policies.document.reading import read
from policies.document.shape import Approval, BreakGlass, Escalation, Stage, keys_of
from policies.document.source import LARGEST_BYTES
from tests.architecture.repository import ROOT

CASES = json.loads((ROOT / "tests/vectors/access_policy_errors.json").read_text())


def problems(text: str) -> list[str]:
    with pytest.raises(InvalidDocument) as caught:
        read(text)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("case", CASES, ids=[case["what"] for case in CASES])
def test_a_malformed_document_is_refused_with_its_problems(case: dict[str, Any]) -> None:
    assert problems(case["text"]) == case["problems"]


def test_every_key_of_approval_and_break_glass_has_a_malformed_document() -> None:
    parts = (Approval, Stage, Escalation, BreakGlass)
    keys = {key for part in parts for key in keys_of(part)} | {"approval", "break_glass"}
    told = {word for case in CASES for text in case["problems"] for word in text.split()}
    assert keys - told == set()
    assert len({case["text"] for case in CASES}) == len(CASES) >= 40


def test_messages_are_not_those_of_the_libraries() -> None:
    raw = re.compile(r"Input should|Field required|validation error|pydantic|context|token|scalar")
    said = [problem for case in CASES for problem in case["problems"]]
    assert [text for text in said if raw.search(text)] == []
    assert [text for text in said if not text.endswith(".")] == []


def test_all_problems_of_a_document_are_told_at_once_in_the_order_of_the_text() -> None:
    text = "version: 2\nrules:\n- nam: a\n  when: {types: [X], types: [JIT]}\n- name: b\n  require: {duration: {max: 1}}\n"
    assert [problem.partition(": ")[0] for problem in problems(text)] == [
        "1:10",
        "3:3",
        "3:3",
        "4:18",
        "4:22",
        "6:29",
    ]


def test_columns_count_characters_and_a_byte_order_mark_does_not_count() -> None:
    text = '\ufeffversion: 1\nrules: [{name: "Zürich 🚆", colour: red}]\n'
    assert problems(text)[0].startswith("2:28: The key colour")


def test_line_ends_of_windows_count_as_one_line() -> None:
    assert problems("version: 1\r\nrules:\r\n- name: 1\r\n")[0].startswith("3:9:")


def test_a_document_may_have_256_kib_and_no_more() -> None:
    text = "version: 1\nrules: []\n#"
    fits = text + "x" * (LARGEST_BYTES - len(text))
    assert read(fits).document.rules == ()
    assert problems(f"{fits}x") == [
        f"1:1: The document has {LARGEST_BYTES + 1} bytes; at most {LARGEST_BYTES} are allowed."
    ]


def test_the_limit_counts_bytes_and_not_characters() -> None:
    assert "bytes" in problems("# " + "ü" * (LARGEST_BYTES // 2))[0]


def test_a_document_may_have_500_rules_and_no_more() -> None:
    text = "version: 1\nrules:\n" + "".join(f"- name: r{number}\n" for number in range(500))
    assert len(read(text).document.rules) == 500
    assert problems(f"{text}- name: more\n") == ["503:3: At most 500 rules are allowed; found 501."]


def test_of_very_many_problems_the_first_are_told() -> None:
    found = problems("version: 1\nrules: [" + "1, " * 450 + "1]\n")
    assert len(found) == MOST_SHOWN + 1
    assert found[-1].endswith("251 more errors follow from here.")


@pytest.mark.parametrize("open_", ["[", "{a: ", "- ", "? "])
def test_very_deep_nesting_is_refused_before_it_costs_anything(open_: str) -> None:
    found = problems("version: 1\nrules: \n " + open_ * 50_000)
    assert len(found) == 1


def test_aliases_do_not_multiply_a_document() -> None:
    laughs = "a: &a [x]\n" + "".join(
        f"{'b' * n}: &{'b' * n} [{', '.join(['*' + ('b' * (n - 1) or 'a')] * 9)}]\n"
        for n in range(1, 12)
    )
    assert any("alias" in problem for problem in problems(laughs))
