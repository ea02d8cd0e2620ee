"""What the caller may activate: policy, projects, roles."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from activations.api.answers import Person, Policy, Projects, Roles
from activations.api.endpoint import FROM_GOOGLE, Endpoint, serve
from activations.domain.rules import Refusal
from activations.people.signed_in import caller_of, user_of
from activations.reporting import audit_log
from activations.services.role_list import list_roles
from eligibility import providers
from googlecloud.errors import GoogleCloudError

DEFAULT_MINUTES = 60


def policy(request: HttpRequest) -> Policy:
    longest = int(settings.ACTIVATION_TIMEOUT.total_seconds() // 60)
    return Policy(
        justification_hint=settings.JUSTIFICATION_HINT,
        signed_in_user=Person(caller_of(request).email),
        application_version=settings.APPLICATION_VERSION,
        default_activation_timeout=min(DEFAULT_MINUTES, longest),
        max_activation_timeout=longest,
    )


def projects(request: HttpRequest) -> Projects:
    try:
        found = tuple(providers.projects().project_ids())
    except GoogleCloudError as error:
        audit_log.listing_failed(what="available projects", event="api.listProjects", error=error)
        raise
    audit_log.projects_listed(len(found))
    return Projects(found)


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
roles_view = serve(
    Endpoint(
        "GET",
        "The caller's eligible roles on a project",
        Roles,
        roles,
        errors=FROM_GOOGLE,
    )
)
