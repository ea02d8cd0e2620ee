"""The role bindings of the policies that act on a project."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

_PREFIX = "//cloudresourcemanager.googleapis.com/"
_KINDS = {"projects": "project", "folders": "folder", "organizations": "organisation"}


class AttachedPolicy(Protocol):
    """An IAM policy and the full name of the resource that it is set on."""

    @property
    def attached_resource(self) -> str: ...

    @property
    def policy(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Binding:
    """One role binding, and where it is set."""

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
    """Return in words where something is set."""
    kind, _, name = attached_resource.removeprefix(_PREFIX).partition("/")
    return f"{_KINDS[kind]} {name}" if kind in _KINDS else attached_resource


def is_project(attached_resource: str) -> bool:
    return attached_resource.removeprefix(_PREFIX).startswith("projects/")


def attached_to(node: str) -> str:
    """Return the full resource name of a node such as `folders/11`."""
    return f"{_PREFIX}{node}"


def node_of(attached_resource: str) -> str:
    """Return the node of a full resource name, such as `folders/11`."""
    return attached_resource.removeprefix(_PREFIX)


def project_resource(project_id: str) -> str:
    return f"{_PREFIX}projects/{project_id}"
