"""Commands pass exactly what IAM holds, and nothing that a shell would run."""

from __future__ import annotations

import json
import shlex
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eligibility.facts import Binding
from eligibility.lint import commands
from tests.eligibility.cases import FOLDER, JIT, PROJECT

ALICE = "user:alice@example.com"
ORGANIZATION = "//cloudresourcemanager.googleapis.com/organizations/7"
HOSTILE = [
    "$(touch /tmp/owned)",
    "`id`",
    "'; rm -rf ~; '",
    '"; id; "',
    "a, b,expression=true",
    "^:^title=x",
    "\\' \\\\ !!",
    "line\nbreak\r\ttab",
    "caf\u00e9 \U0001f600 \u202e reversed",
    "\U000e0041 \x7f \x1b[31m",
    " leading and trailing ",
    "-----",
    "",
]
# Prints what a program would get: its arguments and its standard input.
GCLOUD = """
gcloud() {
  local input=""
  case "$*" in *--condition-from-file*) input=$(cat; printf x); input=${input%x} ;; esac
  printf '%s\\0' "$@" "STDIN=$input"
  printf '\\0'
}
"""


def binding(to: str = PROJECT, *, role: str = "roles/compute.admin", **condition: str) -> Binding:
    given = {"title": "Eligible", "expression": JIT, "description": ""} | condition
    return Binding(role, (ALICE,), attached_resource=to, **given)


def run(command: str) -> list[list[str]]:
    """Let bash run a command with a gcloud that prints its arguments; return those of each call."""
    done = subprocess.run(
        ["bash", "-c", GCLOUD + command], capture_output=True, check=True, timeout=20
    )
    assert done.stderr == b""
    calls = done.stdout.decode().split("\0\0")
    assert calls.pop() == ""
    return [call.split("\0") for call in calls]


def condition_of(call: list[str]) -> dict[str, str]:
    """The condition that gcloud would read from its option or its standard input."""
    option = next(one for one in call if one.startswith("--condition"))
    name, _, value = option.partition("=")
    if name == "--condition":
        return dict(part.split("=", 1) for part in value.split(","))
    assert value == "/dev/stdin"
    return read_yaml(call[-1].removeprefix("STDIN="))


def read_yaml(text: str) -> dict[str, str]:
    """JSON, but for `\\U0001f600`, which only YAML has."""
    parts = text.split("\\U")
    plain = parts[0] + "".join(chr(int(part[:8], 16)) + part[8:] for part in parts[1:])
    read: dict[str, str] = json.loads(plain)
    return read


def exact(made: Binding) -> dict[str, str]:
    found = {"expression": made.expression or "", "title": made.title or ""}
    return found | ({"description": made.description} if made.description else {})


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("part", ["title", "expression", "description"])
def test_bash_passes_hostile_conditions_unchanged(part: str, hostile: str) -> None:
    made = binding(**{part: hostile})
    (call,) = run(commands.remove(made, [ALICE]))
    assert call[:5] == [
        *("projects", "remove-iam-policy-binding", "project-1"),
        *(f"--member={ALICE}", "--role=roles/compute.admin"),
    ]
    assert condition_of(call) == exact(made)


texts = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=30)


@settings(max_examples=40)
@given(title=texts, expression=texts, description=texts)
def test_bash_passes_any_condition_unchanged(title: str, expression: str, description: str) -> None:
    made = binding(title=title, expression=expression, description=description)
    command = commands.remove(made, [ALICE])
    assert command.isprintable()
    (call,) = run(command)
    assert condition_of(call) == exact(made)


@given(text=texts)
def test_words_of_a_command_are_those_that_were_meant(text: str) -> None:
    words = shlex.split(commands.remove(binding(title=text), [f"user:{text}"]))
    if words:  # no command for unprintable members
        assert f"--member=user:{text}" in words
        assert words.count("gcloud") == 1 + (text == "gcloud")


@pytest.mark.parametrize(
    ("to", "start"),
    [
        (PROJECT, "gcloud projects remove-iam-policy-binding project-1 "),
        (FOLDER, "gcloud resource-manager folders remove-iam-policy-binding 42 "),
        (ORGANIZATION, "gcloud organizations remove-iam-policy-binding 7 "),
    ],
)
def test_each_place_has_its_command(to: str, start: str) -> None:
    assert commands.remove(binding(to), [ALICE]).startswith(start)


@pytest.mark.parametrize(
    "made",
    [
        binding("//cloudresourcemanager.googleapis.com/projects/-x"),
        binding("//cloudresourcemanager.googleapis.com/projects/a;id"),
        binding("//storage.googleapis.com/b"),
        binding(role="roles/x\n"),
    ],
)
def test_there_is_no_command_for_names_that_google_does_not_have(made: Binding) -> None:
    assert commands.remove(made, [ALICE]) == ""
    assert commands.remove(binding(), [ALICE, "user:\x1b[0m"]) == ""


def test_a_replacement_binds_first_and_removes_only_after_success() -> None:
    made = binding(title="a, b", expression="has({}.jitAccesConstraint)")
    calls = run(commands.replace(made, JIT))
    assert [call[1] for call in calls] == ["add-iam-policy-binding", "remove-iam-policy-binding"]
    assert [condition_of(call)["expression"] for call in calls] == [JIT, made.expression]
    failing = "gcloud() { printf x; return 1; }\n" + commands.replace(made, JIT)
    done = subprocess.run(["bash", "-c", failing], check=False, capture_output=True, timeout=20)
    assert done.stdout == b"x"


def test_types_of_members_are_written_as_iam_writes_them() -> None:
    members = ["serviceaccount:x@y", "allusers", "deleted:serviceaccount:x@y?uid=1"]
    command = commands.remove(binding(), members)
    found = [call[3] for call in run(command)]
    assert found == [
        "--member=serviceAccount:x@y",
        "--member=allUsers",
        "--member=deleted:serviceAccount:x@y?uid=1",
    ]


def test_roles_and_members_are_quoted() -> None:
    made = binding(role="roles/$(id); id")
    (call,) = run(commands.remove(made, ["user:'; id #@example.com"]))
    assert call[3:5] == ["--member=user:'; id #@example.com", "--role=roles/$(id); id"]


def test_a_binding_with_very_many_members_is_changed_in_the_policy() -> None:
    many = [f"user:p{number}@example.com" for number in range(51)]
    command = commands.remove(binding(), many)
    assert command == "gcloud projects get-iam-policy project-1 --format=json > policy.json"


def test_groups_are_quoted() -> None:
    assert shlex.split(commands.describe_groups(["a'b@x"]))[-1] == "a'b@x"
    assert commands.describe_groups(["-x"]) == ""
    words = shlex.split(commands.leave_group("a b@x", ["$(id)@x"]))
    assert words[-2:] == ["--group-email=a b@x", "--member-email=$(id)@x"]
    assert commands.leave_group("a@x", ["\x07"]) == ""
