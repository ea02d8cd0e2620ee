"""Reads the role bindings of the policies that are in effect on a project."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

_PREFIX = "//cloudresourcemanager.googleapis.com/"
_KINDS = {"projects": "project", "folders": "folder", "organizations": "organisation"}
_LEVELS = tuple(_KINDS)  # upward


class AttachedPolicy(Protocol):
    """An IAM policy and the full name of the resource that it is set on."""

    @property
    def attached_resource(self) -> str: ...

    @property
    def policy(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Binding:
    """One role binding and the resource whose policy contains it."""

    role: str
    members: tuple[str, ...]
    title: str | None
    expression: str | None
    attached_resource: str
    description: str | None = None


def bindings_in(policies: Iterable[AttachedPolicy]) -> Iterator[Binding]:
    """Yield every binding of every policy, in order."""
    for attached in policies:
        for raw in attached.policy.get("bindings") or ():
            condition = raw.get("condition") or {}
            yield Binding(
                role=raw.get("role") or "",
                members=tuple(raw.get("members") or ()),
                title=condition.get("title"),
                expression=condition.get("expression"),
                attached_resource=attached.attached_resource,
                description=condition.get("description"),
            )


def place(attached_resource: str) -> str:
    """Return the name of a resource for messages, such as `folder 42`."""
    kind, _, name = resource_name(attached_resource).partition("/")
    return f"{_KINDS[kind]} {name}" if kind in _KINDS else attached_resource


def resource_name(attached_resource: str) -> str:
    """Return the short name, such as `folders/12`."""
    return attached_resource.removeprefix(_PREFIX)


def is_project(attached_resource: str) -> bool:
    return resource_name(attached_resource).startswith("projects/")


def attached_to(node: str) -> str:
    """Return the full resource name of a node such as `folders/11`."""
    return f"{_PREFIX}{node}"


def node_of(attached_resource: str) -> str:
    """Return the node of a full resource name, such as `folders/11`."""
    return attached_resource.removeprefix(_PREFIX)


def project_resource(project_id: str) -> str:
    return f"{_PREFIX}projects/{project_id}"


def level(attached_resource: str) -> int:
    """Return 0 for projects, 1 for folders, 2 for organisations, and more for everything else."""
    kind = attached_resource.removeprefix(_PREFIX).partition("/")[0]
    return _LEVELS.index(kind) if kind in _LEVELS else len(_LEVELS)


def acts_on_project(project_id: str, attached_resource: str, resources: Collection[str]) -> bool:
    """Return whether a binding is set on a project or above it, and acts on this very project.

    `resources` are what it acts on, by full name; a project may be named by its number. Nothing is
    said against it when they are unknown.
    """
    if level(attached_resource) == len(_LEVELS):
        return False
    projects = {name for name in resources if is_project(name)}
    numbered = any(name.rpartition("/")[2].isdigit() for name in projects)
    return not projects or numbered or project_resource(project_id) in projects
