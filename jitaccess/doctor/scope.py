"""Checks that policies within the scope can be read and written."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from django.conf import settings

from googlecloud.errors import SWITCHED_OFF, Denied, GoogleCloudError, Invalid, NotFound
from jitaccess.doctor.check_result import CheckResult, ok, problem, unknown
from jitaccess.doctor.target import Target
from jitaccess.doctor.trouble import trouble

POLICIES, ASSET, ROLES = "IAM policies", "Cloud Asset", "IAM roles"
ANALYZER = "Policy Analyzer"
NEEDED = frozenset(
    f"resourcemanager.projects.{verb}" for verb in ("get", "getIamPolicy", "setIamPolicy")
)
TO_ANALYZE = frozenset(
    f"cloudasset.assets.{verb}"
    for verb in ("analyzeIamPolicy", "searchAllIamPolicies", "searchAllResources")
)
POLICY_ROLE, ASSET_ROLE = "roles/resourcemanager.projectIamAdmin", "roles/cloudasset.viewer"
CRM, CLOUD_ASSET, IAM = "cloudresourcemanager", "cloudasset", "iam"
FEW = 5


def policies(target: Target) -> Iterator[CheckResult]:
    """Check permissions to read and write policies within the scope; reads and writes no policy."""
    scope = settings.RESOURCE_SCOPE
    yield _held(
        target,
        POLICIES,
        NEEDED,
        role=POLICY_ROLE,
        fine=f"can be read and written on {scope}",
        doubt=f"Check that RESOURCE_SCOPE={scope} is right. ",
    )


def analyzer(target: Target) -> Iterator[CheckResult]:
    """Check permissions to analyze policies; makes no analysis, because few are possible in a day."""
    if settings.RESOURCE_CATALOG != "PolicyAnalyzer":
        yield ok(ANALYZER, f"not used: RESOURCE_CATALOG is {settings.RESOURCE_CATALOG}")
        return
    fine = f"may analyze policies of {settings.RESOURCE_SCOPE}; {_quota()}"
    yield _held(target, ANALYZER, TO_ANALYZE, role=ASSET_ROLE, fine=fine)


def _held(
    target: Target, name: str, needed: frozenset[str], *, role: str, fine: str, doubt: str = ""
) -> CheckResult:
    """Return whether the service account holds permissions on the scope, which a role would give it."""
    scope = settings.RESOURCE_SCOPE
    remedy, command = f"Grant the service account {role} on {scope}.", target.grant_on_scope(role)
    try:
        held = target.cloud.permissions.held(resource=scope, permissions=needed)
    except GoogleCloudError as error:
        return trouble(
            name, error, target=target, service=CRM, remedy=doubt + remedy, command=command
        )
    if missing := sorted(needed - held):
        return problem(name, f"Missing on {scope}: {', '.join(missing)}.", remedy, command)
    return ok(name, fine)


def _quota() -> str:
    limit = settings.ANALYSES_PER_DAY
    ours = f"at most {limit} times a day" if limit else "without a limit of its own"
    return f"{ours} (ANALYSES_PER_DAY). Google allows 20 without Security Command Center"


def asset_and_roles(target: Target) -> Iterator[CheckResult]:
    """Check one project that the service account can see, with the calls that every decision makes."""
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
        yield from (unknown(name, "Not checked: no project is visible.") for name in (ASSET, ROLES))
        return
    yield _asset(target, projects)
    yield _roles(target, projects[0])


def _projects(target: Target, projects: list[str]) -> CheckResult:
    if projects:
        return ok("Projects", f"can be listed, such as {projects[0]}")
    return problem(
        "Projects",
        f"No project matches AVAILABLE_PROJECTS_QUERY={settings.AVAILABLE_PROJECTS_QUERY}, or the"
        " service account may not see any.",
        f"Check the query, and grant the service account {POLICY_ROLE} on the scope.",
        target.grant_on_scope(POLICY_ROLE),
    )


def _asset(target: Target, projects: list[str]) -> CheckResult:
    scope = settings.RESOURCE_SCOPE
    for project_id in projects:
        try:
            found = target.cloud.asset.effective_policies(scope=scope, project_id=project_id)
        except NotFound:
            continue  # the query may list projects that are not below the scope
        except GoogleCloudError as error:
            return _asset_trouble(target, error)
        return ok(ASSET, f"returns {len(found)} policies from {project_id} up to {scope}")
    return problem(
        ASSET,
        f"{', '.join(projects)}: none of them is below {scope}.",
        "Set RESOURCE_SCOPE to what contains your projects, or narrow AVAILABLE_PROJECTS_QUERY.",
        f"gcloud projects get-ancestors {projects[0]}",
    )


def _asset_trouble(target: Target, error: GoogleCloudError) -> CheckResult:
    scope = settings.RESOURCE_SCOPE
    if isinstance(error, Denied | Invalid) and error.reason not in SWITCHED_OFF:
        error.args = (f"{error} No eligible roles can be found.",)
    return trouble(
        ASSET,
        error,
        target=target,
        service=CLOUD_ASSET,
        remedy=f"Check that RESOURCE_SCOPE={scope} is right (`gcloud organizations list`)."
        f" Grant the service account {ASSET_ROLE} there.",
        command=target.grant_on_scope(ASSET_ROLE),
    )


def _roles(target: Target, project_id: str) -> CheckResult:
    try:
        target.cloud.iam_roles.answers(project_id)
    except GoogleCloudError as error:
        return trouble(
            ROLES,
            error,
            target=target,
            service=IAM,
            remedy="Grant the service account roles/iam.roleViewer on the scope.",
            command=target.grant_on_scope("roles/iam.roleViewer"),
        )
    return ok(ROLES, f"IAM lists those that can be granted on {project_id}")
