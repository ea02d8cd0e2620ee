"""Which permissions we hold on a resource, asked without using them."""

from collections.abc import Iterable
from typing import Any

from googlecloud.calls import Calls
from googlecloud.names import scope_name

KINDS = ("projects", "folders", "organizations")


class Permissions:
    """Asks Resource Manager; asking needs no permission."""

    def __init__(self, calls: Calls, service: Any) -> None:
        self._calls = calls
        self._resources = {kind: getattr(service, kind)() for kind in KINDS}

    def held(self, *, resource: str, permissions: Iterable[str]) -> frozenset[str]:
        """Those of `permissions` that our service account has on `projects/…`, `folders/…` or
        `organizations/…`.

        :raises Denied: when there is no such resource, or we may not know of it.
        :raises GoogleCloudError: when Resource Manager does not answer.
        """
        name = scope_name(resource)
        ours = self._resources[name.partition("/")[0]]
        body = {"permissions": sorted(permissions)}
        answer = self._calls.read(
            lambda: ours.testIamPermissions(resource=name, body=body), explanations={}
        )
        return frozenset(answer.get("permissions") or [])
