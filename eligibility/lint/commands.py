"""gcloud commands that change a binding, safe in a POSIX shell whatever titles and conditions contain.

gcloud finds the binding to change by its exact condition: expression, title and description. Its
`--condition` separates keys by commas; conditions that contain commas, line ends or unusual characters
are passed as a file, which gcloud reads as YAML from standard input.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from shlex import quote

from eligibility.facts import Binding, node_of
from eligibility.gcloud import POLICY_GROUPS, gcloud

MOST_MEMBERS = 50
_NODE = re.compile(r"(projects|folders|organizations)/([A-Za-z0-9][A-Za-z0-9.:-]*)")
_PLAIN = re.compile(r"[ -+\--~]*")  # printable ASCII without commas
_ESCAPED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_TITLE = "Eligible for JIT Access"
# The index holds members in lower case; IAM distinguishes the case of their types.
_TYPES = {
    name.lower(): name
    for name in (
        *("serviceAccount", "allUsers", "allAuthenticatedUsers", "principalSet"),
        *("projectOwner", "projectEditor", "projectViewer"),
    )
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition as IAM stores it."""

    expression: str
    title: str
    description: str = ""

    @classmethod
    def of(cls, binding: Binding) -> Condition:
        return cls(binding.expression or "", binding.title or "", binding.description or "")

    def with_expression(self, expression: str) -> Condition:
        return Condition(expression, self.title or _TITLE, self.description)


def remove(binding: Binding, members: Sequence[str]) -> str:
    """Return the commands that remove members from a binding, one a line."""
    if len(members) > MOST_MEMBERS:
        return policy_of(binding)
    return _lines(_change("remove", binding, member, Condition.of(binding)) for member in members)


def replace(binding: Binding, expression: str) -> str:
    """Return the commands that bind all members under another condition, then remove the binding."""
    if len(binding.members) > MOST_MEMBERS:
        return policy_of(binding)
    wanted = Condition.of(binding).with_expression(expression)
    added = [_change("add", binding, member, wanted) for member in binding.members]
    removed = [
        _change("remove", binding, member, Condition.of(binding)) for member in binding.members
    ]
    return _lines([*added, *removed])


def add(binding: Binding, member: str) -> str:
    """Return the command that adds a member to a binding."""
    return _lines([_change("add", binding, member, Condition.of(binding))])


def policy_of(binding: Binding) -> str:
    """Return the command that writes the whole policy into a file, for bindings with very many members."""
    kind, name = _kind_and_name(binding)
    if not kind:
        return ""
    return f"{gcloud(*POLICY_GROUPS[kind], 'get-iam-policy', name, '--format=json')} > policy.json"


def describe_groups(emails: Iterable[str]) -> str:
    """Return the commands that show groups, one a line."""
    return _lines(
        "" if email.startswith("-") else gcloud("identity", "groups", "describe", email)
        for email in emails
    )


def leave_group(group: str, members: Iterable[str]) -> str:
    """Return the commands that remove people from a group, one a line."""
    return _lines(
        gcloud(
            *("identity", "groups", "memberships", "delete"),
            *(f"--group-email={group}", f"--member-email={member}"),
        )
        for member in members
    )


def _change(verb: str, binding: Binding, member: str, condition: Condition) -> str:
    kind, name = _kind_and_name(binding)
    member = as_in_iam(member)
    if not (kind and member.isprintable() and binding.role.isprintable()):
        return ""
    before, option = _condition_option(condition)
    command = gcloud(*POLICY_GROUPS[kind], f"{verb}-iam-policy-binding", name)
    return f"{before}{command} --member={quote(member)} --role={quote(binding.role)} {option}"


def _condition_option(condition: Condition) -> tuple[str, str]:
    """Return what precedes the command, and its option."""
    keys = [("expression", condition.expression), ("title", condition.title)]
    keys += [("description", condition.description)] if condition.description else []
    if all(_PLAIN.fullmatch(value) and value == value.strip() for _, value in keys):
        return "", "--condition=" + quote(",".join(f"{key}={value}" for key, value in keys))
    content = ", ".join(f'"{key}": {_yaml(value)}' for key, value in keys)
    return f"printf %s {quote('{' + content + '}')} | ", "--condition-from-file=/dev/stdin"


def _yaml(text: str) -> str:
    """Return a double-quoted string that JSON and YAML read alike, without unprintable characters."""
    return '"' + "".join(map(_yaml_character, text)) + '"'


def _yaml_character(character: str) -> str:
    if character in _ESCAPED:
        return _ESCAPED[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _kind_and_name(binding: Binding) -> tuple[str, str]:
    match = _NODE.fullmatch(node_of(binding.attached_resource))
    return (match[1], match[2]) if match else ("", "")


def as_in_iam(member: str) -> str:
    """Return a member of the index, which is in lower case, with its type as IAM spells it."""
    parts = member.split(":")
    types = 2 if parts[0] == "deleted" else 1
    return ":".join([*(_TYPES.get(part, part) for part in parts[:types]), *parts[types:]])


def _lines(commands: Iterable[str]) -> str:
    """Return the commands, each run only if those before it succeeded; empty when one is missing."""
    found = list(commands)
    return " &&\n".join(found) if all(found) else ""
