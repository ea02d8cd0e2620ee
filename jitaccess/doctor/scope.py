"""What is managed: whether policies can be read there, and written."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from django.conf import settings

from googlecloud.errors import Denied, GoogleCloudError, Invalid, NotFound
from jitaccess.doctor.finding import Finding, ok, problem, unknown
from jitaccess.doctor.target import Target
from jitaccess.doctor.trouble import SWITCHED_OFF, trouble

POLICIES, ASSET, ROLES = "IAM policies", "Cloud Asset", "IAM roles"
NEEDED = frozenset(
    f"resourcemanager.projects.{verb}" for verb in ("get", "getIamPolicy", "setIamPolicy")
)
POLICY_ROLE, ASSET_ROLE = "roles/resourcemanager.projectIamAdmin", "roles/cloudasset.viewer"
CRM, CLOUD_ASSET, IAM = "cloudresourcemanager", "cloudasset", "iam"
FEW = 5


def policies(target: Target) -> Iterator[Finding]:
    """Whether we may read and write policies below the scope; nothing is read or written."""
    scope = settings.RESOURCE_SCOPE
    role = f"Give the service account {POLICY_ROLE} on {scope}."
    command = target.grant_on_scope(POLICY_ROLE)
    try:
        held = target.cloud.permissions.held(resource=scope, permissions=NEEDED)
    except GoogleCloudError as error:
        doubt = f"See whether RESOURCE_SCOPE={scope} is what you mean. {role}"
        yield trouble(POLICIES, error, target=target, service=CRM, remedy=doubt, command=command)
        return
    if missing := sorted(NEEDED - held):
        yield problem(POLICIES, f"Missing on {scope}: {', '.join(missing)}.", role, command)
    else:
        yield ok(POLICIES, f"may be read and written on {scope}")


def asset_and_roles(target: Target) -> Iterator[Finding]:
    """Asks about one project that we can see, as every decision does."""
    try:
        found = target.cloud.resource_manager.search_projects(
            query=settings.AVAILABLE_PROJECTS_QUERY
        )
        projects = [each.project_id for each in islice(found, FEW)]
    except GoogleCloudError as error:
        yield trouble("Projects", error, target=target, service=CRM)
        projects = []
    else:
        yield _projects(target, projects)
    if not projects:
        yield from (unknown(name, "Cannot be told without a project.") for name in (ASSET, ROLES))
        return
    yield _asset(target, projects)
    yield _roles(target, projects[0])


def _projects(target: Target, projects: list[str]) -> Finding:
    if projects:
        return ok("Projects", f"are listed; {projects[0]} is one of them")
    return problem(
        "Projects",
        f"No project matches AVAILABLE_PROJECTS_QUERY={settings.AVAILABLE_PROJECTS_QUERY}, or the"
        " service account may see none.",
        f"Check the query, and give the service account {POLICY_ROLE} on the scope.",
        target.grant_on_scope(POLICY_ROLE),
    )


def _asset(target: Target, projects: list[str]) -> Finding:
    scope = settings.RESOURCE_SCOPE
    for project_id in projects:
        try:
            found = target.cloud.asset.effective_policies(scope=scope, project_id=project_id)
        except NotFound:
            continue  # the query may list projects that are not below the scope
        except GoogleCloudError as error:
            return _asset_trouble(target, error)
        return ok(ASSET, f"tells of {len(found)} policies from {project_id} up to {scope}")
    return problem(
        ASSET,
        f"{', '.join(projects)}: none of them is below {scope}.",
        "Set RESOURCE_SCOPE to what contains your projects, or narrow AVAILABLE_PROJECTS_QUERY.",
        f"gcloud projects get-ancestors {projects[0]}",
    )


def _asset_trouble(target: Target, error: GoogleCloudError) -> Finding:
    scope = settings.RESOURCE_SCOPE
    if isinstance(error, Denied | Invalid) and error.reason not in SWITCHED_OFF:
        error.args = (f"{error} Nobody's eligible roles are found.",)
    return trouble(
        ASSET,
        error,
        target=target,
        service=CLOUD_ASSET,
        remedy=f"See whether RESOURCE_SCOPE={scope} is what you mean (`gcloud organizations list`)."
        f" Give the service account {ASSET_ROLE} there.",
        command=target.grant_on_scope(ASSET_ROLE),
    )


def _roles(target: Target, project_id: str) -> Finding:
    try:
        target.cloud.iam_roles.answers(project_id)
    except GoogleCloudError as error:
        return trouble(
            ROLES,
            error,
            target=target,
            service=IAM,
            remedy="Give the service account roles/iam.roleViewer on the scope.",
            command=target.grant_on_scope("roles/iam.roleViewer"),
        )
    return ok(ROLES, f"IAM tells which can be granted on {project_id}")
