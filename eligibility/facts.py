"""The facts that a catalog fetches about one person on one project."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from eligibility.bindings import AttachedPolicy, is_project, project_resource
from eligibility.principals import Principals


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
        """The policies of the folders and the organisation."""
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
