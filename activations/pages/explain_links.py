"""Links to the page that explains why a role is missing or was refused."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse

from activations.services.scheduling import AlreadyScheduled
from eligibility.entitlements import ProjectRole
from eligibility.judgement import NotEligible


def explain_url(role: ProjectRole) -> str:
    """Return the page about one role."""
    query = {"project": role.project_id, "role": role.role}
    if role.resource_condition:
        query["resourceCondition"] = role.resource_condition
    return f"{reverse('explain')}?{urlencode(query)}"


def earlier_url(error: Exception) -> str:
    """Return the page of the scheduled request that a refusal names, else ''."""
    return error.request.get_absolute_url() if isinstance(error, AlreadyScheduled) else ""


def why_url(error: Exception, *, reader: str) -> str:
    """Return the page about a refusal that concerns the reader's own eligibility, else ''."""
    if isinstance(error, NotEligible) and error.user == reader:
        return explain_url(error.role)
    return ""
