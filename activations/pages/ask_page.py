"""The page that asks for reviewers of one role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from activations.iam.dependencies import current_limits
from activations.pages.chosen_project import roles_url
from activations.pages.demands import demand_lines
from activations.pages.forms import RequestForm
from activations.pages.glass import glass_offer
from activations.pages.request_bar import request_bar
from activations.pages.reviewer_choice import reviewer_choice
from activations.pages.wording import condition_summary, short_role
from activations.people.actor import user_of
from eligibility.entitlements import ProjectRole
from eligibility.index.titles import role_titles
from eligibility.validity import Period, eligibility_end, eligibility_start


@dataclass(frozen=True, slots=True)
class AskedRole:
    """A role as the page shows it."""

    project_role: ProjectRole
    now: datetime

    @property
    def eligible_from(self) -> datetime | None:
        return eligibility_start(self.condition, self._longest)

    @property
    def eligible_until(self) -> datetime | None:
        return eligibility_end(self.condition, self._longest)

    @property
    def _longest(self) -> Period:
        return Period.of(self.now, current_limits().longest)

    @property
    def id(self) -> str:
        return self.project_role.id

    @property
    def role(self) -> str:
        return self.project_role.role

    @property
    def short_name(self) -> str:
        return short_role(self.role)

    @property
    def role_name(self) -> str:
        """The title, as far as it is known. Takes one query."""
        return role_titles([self.role]).get(self.role) or self.short_name

    @property
    def condition(self) -> str:
        return self.project_role.resource_condition

    @property
    def condition_words(self) -> str:
        return condition_summary(self.condition)


def ask_page(
    request: HttpRequest,
    *,
    form: RequestForm,
    role: ProjectRole,
    refusal: str = "",
    why_url: str = "",
    earlier_url: str = "",
    status: int = 200,
) -> HttpResponse:
    """Show the possible reviewers and the rest of the form, with the values that were sent before.

    :raises NotEligible: when the person may not request the role.
    :raises googlecloud.errors.GoogleCloudError: when Google fails.
    """
    choice = reviewer_choice(user=user_of(request), role=role, chosen=form.reviewers)
    context = request_bar(form, [choice.terms]) | {
        "project_id": role.project_id,
        "asked": AskedRole(role, timezone.now()),
        "choice": choice,
        "demand_lines": demand_lines(choice.terms, choice.approval),
        "glass": glass_offer([choice.break_glass]),
        "refusal": refusal,
        "why_url": why_url,
        "earlier_url": earlier_url,
        "action": reverse("ask"),
        "roles_url": roles_url(role.project_id),
    }
    return render(request, "pages/ask.html", context, status=status)
