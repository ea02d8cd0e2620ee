"""The form of an explanation and its answer, as the page and the admin site show them."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils import timezone

from activations.domain.explanation_words import ExplanationLines, in_words
from activations.domain.rules import Refusal
from activations.people.actor import user_of
from activations.services.explain import Asked, explain_eligibility


@dataclass(frozen=True, slots=True)
class ExplainForm:
    """What was entered; with a role also the explanation, or the problem with what was entered."""

    asked: Asked
    explanation: ExplanationLines | None = None
    problem: str = ""

    @property
    def status(self) -> int:
        return 400 if self.problem else 200

    @property
    def context(self) -> dict[str, object]:
        """Return what the templates need."""
        return {
            "asked": self.asked,
            "explanation": self.explanation,
            "problem": self.problem,
        }


def explain_form(request: HttpRequest, *, is_administrator: bool, user: str = "") -> ExplainForm:
    """Read the form and explain what was asked for; `user` is the person, '' for the caller."""
    asked = Asked(
        project_id=request.GET.get("project", "").strip(),
        role=request.GET.get("role", "").strip(),
        user=user,
        resource_condition=request.GET.get("resourceCondition", "").strip(),
    )
    if not asked.role:
        return ExplainForm(asked)
    try:
        found = explain_eligibility(
            asked=asked,
            user=user_of(request),
            is_administrator=is_administrator,
            now=timezone.now(),
        )
    except Refusal as error:
        return ExplainForm(asked, problem=str(error))
    words = in_words(found, who=user, role=asked.role, project_id=asked.project_id)
    return ExplainForm(asked, words)
