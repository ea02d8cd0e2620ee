"""Reads which permissions the application has on a resource, without using them."""

from collections.abc import Iterable
from typing import Any

from googlecloud.calls import Calls
from googlecloud.names import scope_name

KINDS = ("projects", "folders", "organizations")


class Permissions:
    """Client for `testIamPermissions` of Resource Manager, which requires no permission itself."""

    def __init__(self, calls: Calls, service: Any) -> None:
        self._calls = calls
        self._resources = {kind: getattr(service, kind)() for kind in KINDS}

    def held(self, *, resource: str, permissions: Iterable[str]) -> frozenset[str]:
        """Return those of `permissions` that the service account has on `projects/…`, `folders/…` or
        `organizations/…`.

        :raises Denied: when the resource does not exist, or is hidden from the service account.
        :raises GoogleCloudError: when Resource Manager does not answer.
        """
        name = scope_name(resource)
        ours = self._resources[name.partition("/")[0]]
        body = {"permissions": sorted(permissions)}
        answer = self._calls.read(
            lambda: ours.testIamPermissions(resource=name, body=body), explanations={}
        )
        return frozenset(answer.get("permissions") or [])
