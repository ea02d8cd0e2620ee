"""Resource Manager: the folders and the organization above a scope, with their policies."""

from collections.abc import Iterator
from typing import Any

from googlecloud.calls import Calls
from googlecloud.errors import Denied, Invalid, NotFound
from googlecloud.names import full_name, project_name, scope_name
from googlecloud.policy import AttachedPolicy, Policy

_POLICY_VERSION = 3
_DEEPEST = 12  # Google allows ten levels of folders


class Ancestors:
    """Client for the resources above a project."""

    def __init__(self, calls: Calls, service: Any) -> None:
        self._calls = calls
        self._service = service

    def policies_above(self, *, project_id: str, scope: str) -> list[AttachedPolicy]:
        """Return the policies set above `scope`, nearest first, as far as they may be read.

        Empty when the project is not within `scope`.

        :raises GoogleCloudError: when Resource Manager does not answer.
        """
        chain = [project_name(project_id), *self._parents(project_name(project_id))]
        if scope_name(scope) not in chain:
            return []
        above = chain[chain.index(scope) + 1 :]
        found = ((name, self._policy(name)) for name in above)
        return [AttachedPolicy(full_name(name), policy) for name, policy in found if policy]

    def folders_above(self, *, project_id: str) -> frozenset[str]:
        """Return all folders above a project, such as `folders/11`; empty below an organization.

        :raises GoogleCloudError: when any of them cannot be read, so that the answer is never partial.
        """
        name = project_name(project_id)
        found: set[str] = set()
        for _ in range(_DEEPEST):
            name = self._read_parent(name)
            if not name.startswith("folders/"):
                return frozenset(found)
            found.add(name)
        raise Invalid(f"{project_id} is in more than {_DEEPEST} folders")

    def _parents(self, name: str) -> Iterator[str]:
        for _ in range(_DEEPEST):
            name = self._parent(name)
            if not name:
                return
            yield name

    def _parent(self, name: str) -> str:
        """'' above the organization, and where the answer is hidden."""
        kind = name.partition("/")[0]
        if kind == "organizations":
            return ""
        try:
            return self._read_parent(name)
        except (Denied, NotFound):
            return ""

    def _read_parent(self, name: str) -> str:
        is_project = name.startswith("projects/")
        resources = self._service.projects() if is_project else self._service.folders()
        found = self._calls.read(lambda: resources.get(name=name), explanations={})
        return str(found.get("parent") or "")

    def _policy(self, name: str) -> Policy:
        """Empty where it may not be read."""
        is_folder = name.startswith("folders/")
        resources = self._service.folders() if is_folder else self._service.organizations()
        body = {"options": {"requestedPolicyVersion": _POLICY_VERSION}}
        try:
            return self._calls.read(
                lambda: resources.getIamPolicy(resource=name, body=body), explanations={}
            )
        except (Denied, NotFound):
            return {}
