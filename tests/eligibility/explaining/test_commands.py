"""Commands reach gcloud word for word, whatever a policy holds."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eligibility.entitlements import ActivationType
from eligibility.explaining import commands
from eligibility.explaining.looks import Question
from tests.eligibility.explaining.looking import QUESTION, binding, explained, look

HOSTILE = [
    *("$(touch /tmp/x)", "`id`", "'; id; '", '"$HOME"', "a b", "--project=other", "$'\\x41'", "!!"),
    *("a|b", "a&b", "a>b", "*", "~", "{a,b}", "#a", "\\", "é"),
]


def words(command: str) -> list[str]:
    """What a shell hands to gcloud."""
    script = f"gcloud() {{ printf '%s\\0' \"$@\"; }}; {command}"
    done = subprocess.run(["/bin/bash", "-c", script], capture_output=True, check=True, timeout=20)
    assert done.stderr == b""
    return done.stdout.decode().split("\0")[:-1]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_shell_hands_over_what_was_meant(text: str) -> None:
    assert words(commands.show_members(text))[-1] == f"--group-email={text}"
    made = commands.make_eligible("p-1", user=text, role=text, kind=ActivationType.JIT)
    assert words(made) == [
        *("projects", "add-iam-policy-binding", "p-1", f"--member=user:{text}", f"--role={text}"),
        "--condition=expression=has({}.jitAccessConstraint),title=Eligible for JIT Access",
    ]


@given(st.text(min_size=1))
@settings(max_examples=200)
def test_a_command_is_one_line_of_visible_characters_or_none(text: str) -> None:
    command = commands.show_members(text)
    assert command.isprintable()
    assert bool(command) == text.isprintable()


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("projects/p-1", ["projects", "get-iam-policy", "p-1"]),
        ("folders/12", ["resource-manager", "folders", "get-iam-policy", "12"]),
        ("organizations/7", ["organizations", "get-iam-policy", "7"]),
    ],
)
def test_bindings_are_shown_where_they_are_set(resource: str, expected: list[str]) -> None:
    shown = commands.show_bindings(f"//cloudresourcemanager.googleapis.com/{resource}", "roles/x")
    assert words(shown)[: len(expected)] == expected


def test_resources_of_other_kinds_have_no_command() -> None:
    assert commands.show_bindings("//storage.googleapis.com/buckets/b", "roles/x") == ""


def test_commands_are_for_administrators() -> None:
    first = look(binding(condition="has({}.jitAccesConstraint)"))
    assert any(step.command for step in explained(first).steps)
    own = Question(QUESTION.user, QUESTION.project_id, QUESTION.role)
    found = explained(look(binding(condition="has({}.jitAccesConstraint)"), question=own))
    assert found.steps
    assert not any(step.command for step in found.steps)


@pytest.mark.parametrize("title", HOSTILE)
def test_every_command_of_an_explanation_survives_a_hostile_policy(title: str) -> None:
    hostile = binding(f"user:{title}", f"group:{title}", condition="has({}.jitAcces)", title=title)
    for step in explained(look(hostile)).steps:
        if step.command:
            assert words(step.command)
