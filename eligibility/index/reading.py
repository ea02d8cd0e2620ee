"""Converts search results to rows of the index: pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias

from eligibility.conditions import Eligibility, NearMiss, read_eligibility
from eligibility.facts import node_of

_KINDS = ("projects/", "folders/", "organizations/")
_BEING_DELETED = frozenset({"DELETE_REQUESTED", "DELETE_IN_PROGRESS"})
_LONGEST_NAME = 255
_LONGEST_MEMBER = 400
BOTH_MARKERS = "it carries both markers; it counts as a role that people activate themselves"

BindingKey: TypeAlias = tuple[str, str, str, str, str]


class FoundResource(Protocol):
    """A search result, as in `googlecloud.resource_search`."""

    @property
    def name(self) -> str: ...
    @property
    def project_number(self) -> str: ...
    @property
    def project_id(self) -> str: ...
    @property
    def display_name(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def ancestors(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class ProjectRead:
    """A project; `nodes` are itself, its folders and its organization."""

    project_id: str
    number: str
    name: str
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FolderRead:
    """A folder or an organization."""

    node: str
    name: str


@dataclass(frozen=True, slots=True)
class BindingRead:
    """A binding whose condition has a marker or resembles one; see `IndexedBinding`."""

    node: str
    role: str
    title: str
    description: str
    expression: str
    activation_type: str
    resource_condition: str
    warning: str
    members: frozenset[str]

    @property
    def key(self) -> BindingKey:
        """Return what identifies a binding; IAM merges bindings with equal keys."""
        return self.node, self.role, self.title, self.description, self.expression


def read_resource(found: FoundResource) -> ProjectRead | FolderRead | None:
    """Return a project, folder or organization; None for projects that are being deleted."""
    node = indexed_node(found.name)
    if found.state in _BEING_DELETED:
        return None
    if not node.startswith("projects/"):
        return FolderRead(node, text(found.display_name, _LONGEST_NAME)) if node else None
    project_id = found.project_id or node.partition("/")[2]
    if project_id.isdigit():
        return None  # the id is not known, and requests are made by id
    nodes = dict.fromkeys((f"projects/{project_id}", *found.ancestors))
    return ProjectRead(
        project_id,
        found.project_number,
        text(found.display_name, _LONGEST_NAME),
        tuple(nodes),
    )


def indexed_node(full_name: str) -> str:
    """Return `projects/…`, `folders/…` or `organizations/…`; empty for resources that are not indexed."""
    node = node_of(full_name)
    return node if node.startswith(_KINDS) and node.count("/") == 1 else ""


def read_bindings(node: str, policy: Mapping[str, Any]) -> list[BindingRead]:
    """Return the bindings of a policy whose condition has a marker or resembles one, each once."""
    found: dict[BindingKey, BindingRead] = {}
    for raw in policy.get("bindings") or ():
        if binding := _read_binding(node, raw):
            same = found.get(binding.key)
            found[binding.key] = merged(same, binding) if same else binding
    return list(found.values())


def merged(one: BindingRead, other: BindingRead) -> BindingRead:
    """Return the first binding with the members of both."""
    return replace(one, members=one.members | other.members)


def _read_binding(node: str, raw: Mapping[str, Any]) -> BindingRead | None:
    condition = raw.get("condition") or {}
    expression = str(condition.get("expression") or "")
    reading = read_eligibility(expression)
    if reading is None:
        return None
    return BindingRead(
        node=node,
        role=text(str(raw.get("role") or ""), _LONGEST_NAME),
        title=text(str(condition.get("title") or "")),
        description=text(str(condition.get("description") or "")),
        expression=text(expression),
        members=frozenset(_members(raw.get("members") or ())),
        **_meaning(reading),
    )


def _meaning(reading: Eligibility | NearMiss) -> dict[str, str]:
    if isinstance(reading, NearMiss):
        return {"activation_type": "", "resource_condition": "", "warning": text(reading.reason)}
    return {
        "activation_type": str(reading.activation_type),
        "resource_condition": text(reading.resource_condition),
        "warning": BOTH_MARKERS if reading.has_both_markers else "",
    }


def _members(raw: Iterable[str]) -> Iterable[str]:
    return (text(str(member).lower(), _LONGEST_MEMBER) for member in raw)


def text(value: str, longest: int | None = None) -> str:
    """Return the text as a database can store it: without NUL and unpaired surrogates, cut to a length."""
    return value.replace("\x00", "").encode("utf-8", "replace").decode()[:longest]
