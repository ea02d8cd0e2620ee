"""Fetches facts from Cloud Asset Inventory, Resource Manager and the source of groups."""

from eligibility.catalog import Catalog
from eligibility.facts import AttachedPolicy, Facts, Principals

Policies = tuple[AttachedPolicy, ...]


class AssetInventoryCatalog(Catalog[Policies]):
    """Reads all policies of a project and above it, which hold the bindings of all people and roles."""

    def _read_of_person(self, user: str, project_id: str) -> Policies:  # all people at once
        return self._policies(project_id)

    def _read_of_role(self, role: str, project_id: str) -> Policies:  # all roles at once
        return self._policies(project_id)

    def _facts_from(self, found: Policies, principals: Principals, project_id: str) -> Facts:
        return Facts(principals.user, project_id, principals, found)

    def _policies(self, project_id: str) -> Policies:
        found = self._cloud.asset.effective_policies(scope=self._scope, project_id=project_id)
        return tuple(found)
