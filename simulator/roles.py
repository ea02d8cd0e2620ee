"""The roles that can be granted on each kind of resource."""

import re

from simulator.company import Company
from simulator.resources import Resource

ROLE = re.compile(r"roles/[A-Za-z][\w.]*|(projects|organizations)/[^/]+/roles/[\w.]+")
NOT_ON_PROJECTS = {
    "roles/billing.admin",
    "roles/billing.creator",
    "roles/billing.user",
    "roles/orgpolicy.policyAdmin",
    "roles/resourcemanager.folderAdmin",
    "roles/resourcemanager.folderCreator",
    "roles/resourcemanager.organizationAdmin",
    "roles/resourcemanager.organizationViewer",
    "roles/resourcemanager.projectCreator",
}

BASIC_ROLES = ("roles/owner", "roles/editor", "roles/viewer")
COMMON_ROLES = (
    "roles/appengine.appAdmin",
    "roles/artifactregistry.admin",
    "roles/browser",
    "roles/cloudbuild.builds.editor",
    "roles/cloudscheduler.admin",
    "roles/cloudtasks.admin",
    "roles/compute.viewer",
    "roles/container.developer",
    "roles/iam.roleAdmin",
    "roles/iam.serviceAccountAdmin",
    "roles/iam.serviceAccountUser",
    "roles/logging.viewer",
    "roles/monitoring.viewer",
    "roles/resourcemanager.projectIamAdmin",
    "roles/storage.objectViewer",
)


def is_grantable(company: Company, role: str, resource: Resource) -> bool:
    """Return whether the role exists, as far as the simulator knows, and fits the resource."""
    if not ROLE.fullmatch(role) or "_withcond_" in role or role in company.unsupported_roles:
        return False
    owner = role.partition("/roles/")[0]
    if owner.startswith("projects/"):
        return owner == resource.name
    return resource.kind != "projects" or role not in NOT_ON_PROJECTS


def known_roles(company: Company) -> list[str]:
    """Return all roles of this cloud: common ones and those in any policy."""
    bound = {
        str(binding.get("role"))
        for resource in company.resources.values()
        for binding in resource.policy["bindings"]
    }
    return sorted(bound | set(BASIC_ROLES) | set(COMMON_ROLES) | NOT_ON_PROJECTS)
