"""What the caller may activate: policy, projects, roles."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from activations.api.answers import Person, Policy, Roles
from activations.api.eligible_answers import (
    EligibleAnywhere,
    EligibleList,
    ProjectDetails,
    Projects,
)
from activations.api.endpoint import FROM_GOOGLE, Endpoint, Parameter, number, serve, text
from activations.domain.rules import Refusal
from activations.people.actor import caller_of, user_of
from activations.reporting import audit_log
from activations.services.access_rules import usual_minutes
from activations.services.eligible_list import EligibleFilters, eligible_page, personal_list
from activations.services.role_list import list_roles
from eligibility import providers
from googlecloud.errors import GoogleCloudError


def policy(request: HttpRequest) -> Policy:
    longest = int(settings.ACTIVATION_TIMEOUT.total_seconds() // 60)
    return Policy(
        justification_hint=settings.JUSTIFICATION_HINT,
        signed_in_user=Person(caller_of(request).email),
        application_version=settings.APPLICATION_VERSION,
        default_activation_timeout=usual_minutes(),
        max_activation_timeout=longest,
    )


def projects(request: HttpRequest) -> Projects:
    found = personal_list(user=user_of(request), now=timezone.now())
    if found.indexed_at:
        details = tuple(ProjectDetails.of(project) for project in found.projects)
        audit_log.projects_listed(len(details))
        return Projects(tuple(one.project_id for one in details), details, found.indexed_at)
    try:
        available = tuple(providers.projects().project_ids())
    except GoogleCloudError as error:
        audit_log.listing_failed(what="available projects", event="api.listProjects", error=error)
        raise
    audit_log.projects_listed(len(available))
    return Projects(available, (), None)


def eligible(request: HttpRequest) -> EligibleList:
    filters = EligibleFilters(
        query=text(request, "query"),
        project_id=text(request, "project"),
        page_size=number(request, "pageSize", default=50, at_most=200, is_cut=True),
        page_token=text(request, "pageToken"),
    )
    found = eligible_page(user=user_of(request), filters=filters, now=timezone.now())
    rows = tuple(EligibleAnywhere.of(row) for row in found.rows)
    return EligibleList(rows, found.next_token, found.indexed_at)


def roles(request: HttpRequest, project_id: str) -> Roles:
    if not project_id.strip():
        raise Refusal("A projectId is required")
    found = list_roles(user=user_of(request), project_id=project_id, now=timezone.now())
    return Roles.of(found)


policy_view = serve(
    Endpoint("GET", "The limits of requests, and who the caller is", Policy, policy, errors=())
)
projects_view = serve(
    Endpoint("GET", "Projects to choose from", Projects, projects, errors=FROM_GOOGLE)
)
eligible_view = serve(
    Endpoint(
        "GET",
        "The caller's eligible roles in all projects",
        EligibleList,
        eligible,
        query=(
            Parameter("query", "Part of a project's id or name, or of a role's id or title"),
            Parameter("project", "Only this project"),
            Parameter("pageSize", "Rows per page; 50 if not given, at most 200", int),
            Parameter("pageToken", "The nextPageToken of the page before"),
        ),
        errors=FROM_GOOGLE,
    )
)
roles_view = serve(
    Endpoint(
        "GET",
        "The caller's eligible roles on a project",
        Roles,
        roles,
        errors=FROM_GOOGLE,
    )
)
