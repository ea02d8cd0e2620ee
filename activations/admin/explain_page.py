"""`/admin/explain/`: why anybody can activate a role now, or cannot."""

from __future__ import annotations

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from activations.admin.as_of import moment
from activations.domain.explanation_words import ExplanationLines, in_words
from activations.domain.rules import Refusal
from activations.people.actor import user_of
from activations.services.explain import Asked, explain_eligibility


@require_safe
def explain_page(request: HttpRequest) -> HttpResponse:
    """Ask for person, project and role, and show the steps with commands.

    :raises PermissionDenied: for everybody but administrators.
    """
    user = user_of(request)
    if not user.permissions.is_administrator:
        raise PermissionDenied("Only administrators can explain the eligibility of others.")
    asked = Asked(
        project_id=request.GET.get("project", "").strip(),
        role=request.GET.get("role", "").strip(),
        user=request.GET.get("user", "").strip(),
        resource_condition=request.GET.get("resourceCondition", "").strip(),
    )
    context: dict[str, object] = {"asked": asked}
    status = 200
    if asked.role:
        try:
            context["explanation"] = _explanation(request, asked)
        except Refusal as error:
            context["problem"], status = str(error), 400
    return TemplateResponse(
        request,
        "admin/explain.html",
        {
            **admin.site.each_context(request),
            "title": "Explain eligibility",
            "as_of": moment(request),
            **context,
        },
        status=status,
    )


def _explanation(request: HttpRequest, asked: Asked) -> ExplanationLines:
    """:raises Refusal: when what was entered is not well-formed."""
    found = explain_eligibility(
        asked=asked, user=user_of(request), is_administrator=True, now=timezone.now()
    )
    return in_words(found, who=asked.user, role=asked.role, project_id=asked.project_id)
