"""The facts about one person on one project: their principals, and the bindings that are in effect there."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

_PREFIX = "//cloudresourcemanager.googleapis.com/"
_KINDS = {"projects": "project", "folders": "folder", "organizations": "organization"}
_LEVELS = tuple(_KINDS)  # upward
Way = tuple[str, ...]
"""The path of memberships to a principal: `user:<e-mail>`, then `group:<e-mail>` for each group.

The last group is the one that a binding names. Groups in between are missing when Google only returned
that the person is a direct or nested member.
"""


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
    kind, _, name = node_of(attached_resource).partition("/")
    return f"{_KINDS[kind]} {name}" if kind in _KINDS else attached_resource


def is_project(attached_resource: str) -> bool:
    return node_of(attached_resource).startswith("projects/")


def attached_to(node: str) -> str:
    """Return the full resource name of a node such as `folders/11`."""
    return f"{_PREFIX}{node}"


def node_of(attached_resource: str) -> str:
    """Return the node of a full resource name, such as `folders/11`."""
    return attached_resource.removeprefix(_PREFIX)


def project_resource(project_id: str) -> str:
    return attached_to(f"projects/{project_id}")


def level(attached_resource: str) -> int:
    """Return 0 for projects, 1 for folders, 2 for organizations, and more for everything else."""
    kind = node_of(attached_resource).partition("/")[0]
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


@dataclass(frozen=True)  # without slots: `groups` is cached
class Principals:
    """A person's principals, each with the path of memberships to it, and warnings."""

    user: str
    ways: Mapping[str, Way]
    warnings: tuple[str, ...] = ()

    @classmethod
    def of(cls, user: str, groups: Iterable[str] = ()) -> "Principals":
        """Return the principals of a person who is in these groups; by which others is not known."""
        me = f"user:{user.lower()}"
        names = [f"group:{group.lower()}" for group in groups]
        return cls(user.lower(), {me: (me,), **{name: (me, name) for name in names}})

    @cached_property
    def groups(self) -> frozenset[str]:
        """The groups among them, as `group:…`."""
        return frozenset(name for name in self.ways if name.startswith("group:"))

    def via(self, members: Iterable[str]) -> Way | None:
        """Return the shortest path to a member of a binding; None when no member applies to the person."""
        found = [self.ways[member.lower()] for member in members if member.lower() in self.ways]
        return min(found, key=len, default=None)


@dataclass(frozen=True, slots=True)
class AttachedBindings:
    """The bindings that a policy has, or some of them, and the full name of what it is set on."""

    attached_resource: str
    policy: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Facts:
    """A person, their principals, and the policies that are in effect on a project.

    If `is_complete` is false, bindings may be missing: a role that is not found may exist all the same.
    `warnings` give the reasons.
    """

    user: str
    project_id: str
    principals: Principals
    policies: tuple[AttachedPolicy, ...]
    live_policy: dict[str, Any] | None = None
    is_complete: bool = True
    warnings: tuple[str, ...] = ()

    def with_live_policy(self, policy: dict[str, Any]) -> "Facts":
        """Return the same facts with this policy in place of the project's own older one."""
        own = AttachedBindings(project_resource(self.project_id), policy)
        inherited = (item for item in self.policies if not is_project(item.attached_resource))
        return replace(self, policies=(own, *inherited), live_policy=policy)

    @property
    def inherited(self) -> tuple[AttachedPolicy, ...]:
        """The policies of the folders and the organization."""
        return tuple(p for p in self.policies if not is_project(p.attached_resource))

    def narrowed(self) -> "Facts":
        """Return the same facts without other people's bindings, to save memory in caches."""
        ways = self.principals.ways
        return replace(self, policies=tuple(_narrowed(item, ways) for item in self.policies))


def _narrowed(attached: AttachedPolicy, mine: Collection[str]) -> AttachedPolicy:
    bindings = []
    for raw in attached.policy.get("bindings") or ():
        members = [member for member in raw.get("members") or () if member.lower() in mine]
        if members:
            bindings.append({**raw, "members": members})
    return AttachedBindings(attached.attached_resource, {"bindings": bindings})
