"""`/explain`: why the person can activate a role now, or cannot."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from activations.domain.explanation_words import ExplanationLines, in_words
from activations.domain.rules import Refusal
from activations.pages.chosen_project import remembered
from activations.people.actor import is_administrator, user_of
from activations.services.explain import Asked, explain_eligibility


@require_safe
def explain(request: HttpRequest) -> HttpResponse:
    """The form, and the steps once project and role are entered; works without scripts."""
    asked = Asked(
        project_id=request.GET.get("project", "").strip(),
        role=request.GET.get("role", "").strip(),
        resource_condition=request.GET.get("resourceCondition", "").strip(),
    )
    context: dict[str, object] = {"asked": asked, "remembered": remembered(request)}
    status = 200
    if asked.role:
        try:
            context["explanation"] = _explanation(request, asked)
        except Refusal as error:
            context["problem"], status = str(error), 400
    return render(request, "pages/explain.html", context, status=status)


def _explanation(request: HttpRequest, asked: Asked) -> ExplanationLines:
    found = explain_eligibility(
        asked=asked,
        user=user_of(request),
        is_administrator=is_administrator(request),
        now=timezone.now(),
    )
    return in_words(found, who="", role=asked.role, project_id=asked.project_id)
