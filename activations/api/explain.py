"""Why a person can activate a role now, or cannot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone

from activations.api.endpoint import FROM_GOOGLE, Endpoint, Parameter, serve, text
from activations.people.actor import is_administrator, user_of
from activations.services.explain import Asked, explain_eligibility
from eligibility.entitlements import ActivationType
from eligibility.explaining.steps import Check, Explanation, Outcome, Verdict

QUERY = (
    Parameter("project", "The ID of the project; required"),
    Parameter("role", "The name of the role, such as roles/compute.admin; required"),
    Parameter("user", "The e-mail address of the person; others than oneself for administrators"),
    Parameter("resourceCondition", "Only with this resource condition; any if not given"),
)


@dataclass(frozen=True, slots=True)
class ExplainedStep:
    """One check: what was found, and what to do about it, if anything."""

    check: Check
    outcome: Outcome
    text: str
    remedy: str | None


@dataclass(frozen=True, slots=True)
class ExplanationAnswer:
    """Whether a request would be accepted now; `activationType` is null without a binding."""

    verdict: Verdict
    activation_type: ActivationType | None
    steps: tuple[ExplainedStep, ...]
    checked_at: datetime

    @classmethod
    def of(cls, found: Explanation) -> ExplanationAnswer:
        return cls(
            found.verdict,
            found.activation_type,
            tuple(
                ExplainedStep(step.check, step.outcome, step.text, step.remedy or None)
                for step in found.steps
            ),
            found.checked_at,
        )


def explain(request: HttpRequest) -> ExplanationAnswer:
    asked = Asked(
        project_id=text(request, "project"),
        role=text(request, "role"),
        user=text(request, "user"),
        resource_condition=text(request, "resourceCondition"),
    )
    return ExplanationAnswer.of(
        explain_eligibility(
            asked=asked,
            user=user_of(request),
            is_administrator=is_administrator(request),
            now=timezone.now(),
        )
    )


explain_view = serve(
    Endpoint(
        "GET",
        "Whether a request for a role would be accepted now, step by step",
        ExplanationAnswer,
        explain,
        query=QUERY,
        errors=FROM_GOOGLE,
    )
)
