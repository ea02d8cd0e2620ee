"""Which roles can be granted where."""

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


def is_grantable(company: Company, role: str, resource: Resource) -> bool:
    """Whether the role exists, as far as we know, and fits the resource."""
    if not ROLE.fullmatch(role) or "_withcond_" in role or role in company.unsupported_roles:
        return False
    owner = role.partition("/roles/")[0]
    if owner.startswith("projects/"):
        return owner == resource.name
    return resource.kind != "projects" or role not in NOT_ON_PROJECTS
