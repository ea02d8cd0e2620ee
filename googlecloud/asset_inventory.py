"""Cloud Asset Inventory: the policies that apply to a project, its own and inherited ones."""

from typing import Any

from googlecloud.calls import Calls
from googlecloud.errors import Denied, NotFound, QuotaExceeded
from googlecloud.names import project_name, scope_name
from googlecloud.policy import AttachedPolicy

_QUOTA = (
    "The quota of the Cloud Asset API for BatchGetEffectiveIamPolicies is used up; "
    "try again later or ask for a higher quota"
)


class AssetInventory:
    """Client for Cloud Asset. Its answers lag a few minutes behind IAM."""

    def __init__(self, calls: Calls, resource: Any) -> None:
        self._calls = calls
        self._policies = resource

    def effective_policies(self, *, scope: str, project_id: str) -> list[AttachedPolicy]:
        """Return the policies from the project up to `scope`, in this order.

        :raises GoogleCloudError: when Cloud Asset does not answer.
        """
        name = f"//cloudresourcemanager.googleapis.com/{project_name(project_id)}"
        scope_name(scope)
        answer = self._calls.read(
            lambda: self._policies.batchGet(scope=scope, names=[name]),
            explanations={
                Denied: f"Denied access to scope '{scope}'",
                NotFound: f"The project '{project_id}' does not exist",
                QuotaExceeded: _QUOTA,
            },
        )
        results = answer.get("policyResults") or [{}]
        return [
            AttachedPolicy(item.get("attachedResource", ""), item.get("policy") or {})
            for item in results[0].get("policies") or []
        ]
