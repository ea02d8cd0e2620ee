"""Cloud Asset Inventory: the policies that apply to a project, its own and inherited ones."""

from collections.abc import Sequence
from typing import Any

from googlecloud.calls import Calls, Json
from googlecloud.errors import Denied, NotFound, QuotaExceeded
from googlecloud.names import full_project_name, scope_name
from googlecloud.policy import AttachedPolicy

MOST_NAMES = 20
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
        return self._policies_of(scope, [project_id])[0]

    def effective_policies_of(
        self, *, scope: str, project_ids: Sequence[str]
    ) -> list[list[AttachedPolicy]]:
        """Return the policies of up to 20 projects, in their order, each from the project up to `scope`.

        :raises NotFound: when one of them does not exist; Google then answers for none.
        :raises GoogleCloudError: when Cloud Asset does not answer.
        """
        return self._policies_of(scope, project_ids)

    def _policies_of(self, scope: str, project_ids: Sequence[str]) -> list[list[AttachedPolicy]]:
        names = [full_project_name(project_id) for project_id in project_ids]
        scope_name(scope)
        answer = self._calls.read(
            lambda: self._policies.batchGet(scope=scope, names=names),
            explanations={
                Denied: f"Denied access to scope '{scope}'",
                NotFound: _missing(project_ids),
                QuotaExceeded: _QUOTA,
            },
        )
        results = answer.get("policyResults") or []
        return [
            _policies(results[index] if index < len(results) else {})
            for index in range(len(project_ids))
        ]


def _policies(result: Json) -> list[AttachedPolicy]:
    return [
        AttachedPolicy(item.get("attachedResource", ""), item.get("policy") or {})
        for item in result.get("policies") or []
    ]


def _missing(project_ids: Sequence[str]) -> str:
    if len(project_ids) == 1:
        return f"The project '{project_ids[0]}' does not exist"
    return f"One of the projects {', '.join(project_ids)} does not exist"
