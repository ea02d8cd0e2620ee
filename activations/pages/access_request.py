"""`/access/request`: requests roles of one or several projects, and shows what came of each request."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from activations.domain.rules import Refusal
from activations.iam.dependencies import current_dependencies
from activations.pages.explain_links import why_url
from activations.pages.forms import Attempt, RequestForm, note_retry_form
from activations.pages.my_access import my_access_page
from activations.pages.outcome_lines import outcome_lines, retry_form
from activations.pages.request_bar import request_bar
from activations.pages.request_page import redirect_to_request
from activations.pages.reviewer_choice import ReviewerChoice, reviewer_choice
from activations.pages.wording import condition_summary, short_role
from activations.people.actor import actor_of, user_of
from activations.services.several_requests import (
    Part,
    Result,
    SeveralInput,
    check_details,
    parts_of,
    request_one,
    request_several,
)
from eligibility.entitlements import ProjectRole
from eligibility.index.titles import role_titles
from eligibility.judgement import NotEligible

CHOSEN = "reviewers-shown"


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that was sent, and the reviewers that it names for each role that needs approval."""

    form: RequestForm
    reviewers: Mapping[str, tuple[str, ...]]
    # Whether the person has seen the page that offers reviewers.
    has_chosen: bool
    # Whether it names as many reviewers as each role needs at least.
    is_answered: bool = False

    @classmethod
    def of(cls, posted: QueryDict) -> Sent:
        form = RequestForm.sent(posted)
        named = {
            role_id: posted.getlist(field_of(ProjectRole.parse(role_id)))
            for role_id in form.approvals
        }
        reviewers = {role_id: tuple(filter(None, emails)) for role_id, emails in named.items()}
        # An empty address says that nobody has to be named, because the access policy names approvers.
        return cls(form, reviewers, CHOSEN in posted, is_answered=all(named.values()))

    def asked(self) -> SeveralInput:
        """Return the input of the service.

        :raises Refusal: when the minutes are not a number.
        """
        form = self.form
        return SeveralInput(
            roles=form.roles,
            approvals=form.approvals,
            details=form.checked_details(),
            idempotency_key=uuid.UUID(form.key),
            reviewers=self.reviewers,
        )

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """All values but the reviewers and the details, for another form."""
        form = self.form
        own = [("role", role_id) for role_id in form.roles]
        return [("key", form.key), *own, *(("approval", role_id) for role_id in form.approvals)]

    @property
    def values(self) -> list[tuple[str, str]]:
        """All values, with the same key, so that what was done is not done again."""
        chosen = [
            (field_of(ProjectRole.parse(role_id)), email)
            for role_id, emails in self.reviewers.items()
            for email in emails or ("",)
        ]
        return [*self.hidden, *chosen, *self.form.details.items()]


@dataclass(frozen=True, slots=True)
class RoleToReview:
    """One role that needs approval, and who may review it."""

    role: ProjectRole
    choice: ReviewerChoice | None
    refusal: str = ""
    title: str = ""

    @property
    def field(self) -> str:
        return field_of(self.role)

    @property
    def short_name(self) -> str:
        return self.title or short_role(self.role.role)

    @property
    def condition_words(self) -> str:
        condition = self.role.resource_condition
        return condition_summary(condition) if condition else ""


def field_of(role: ProjectRole) -> str:
    """Return the name of the field with a role's reviewers. Ids may be longer than a name should be."""
    return f"reviewer-{role.key[:16]}"


@require_http_methods(["GET", "HEAD", "POST"])
def request_access(request: HttpRequest) -> HttpResponse:
    """Make the requests, or ask for reviewers first; show the form again if it is refused."""
    if request.method != "POST":
        # The person reloaded the address of an error page.
        return redirect("my-access")
    sent = Sent.of(request.POST)
    attempt = Attempt(
        reverse("request-access"), tuple(sent.values), reverse("my-access"), "Back to My access"
    )
    note_retry_form(request, attempt)
    try:
        asked = sent.asked()
        check_details(asked.details)
        parts = parts_of(asked)
    except Refusal as error:
        return _refused(request, sent, error, status=400)
    if sent.form.approvals and not (sent.has_chosen and sent.is_answered):
        return _reviewers_page(request, sent)
    if len(parts) == 1:
        return _one(request, sent, parts[0], asked)
    results = request_several(
        asked=asked, actor=actor_of(request), dependencies=current_dependencies()
    )
    return _outcomes(request, sent, results, now=timezone.now())


def _one(request: HttpRequest, sent: Sent, part: Part, asked: SeveralInput) -> HttpResponse:
    """Make the only request, and redirect to its page."""
    dependencies = current_dependencies()
    # The request has this key, so another attempt needs a new one.
    form = sent.form.again()
    note_retry_form(
        request,
        Attempt(
            reverse("request-access"),
            tuple(replace(sent, form=form).values),
            reverse("my-access"),
            "Back to My access",
        ),
    )
    try:
        made = request_one(part, asked=asked, actor=actor_of(request), dependencies=dependencies)
    except Refusal as error:
        return _refused(request, sent, error, status=400)
    except NotEligible as error:
        dependencies.forget(user_of(request).email, part.project_id)
        return _refused(request, sent, error, status=403)
    return redirect_to_request(made)


def _refused(request: HttpRequest, sent: Sent, error: Exception, *, status: int) -> HttpResponse:
    sent = replace(sent, form=sent.form.again())
    if sent.has_chosen and sent.form.approvals:
        return _reviewers_page(request, sent, refusal=str(error), status=status)
    return my_access_page(
        request,
        form=sent.form,
        now=timezone.now(),
        refusal=str(error),
        why_url=why_url(error, reader=user_of(request).email),
        status=status,
    )


def _reviewers_page(
    request: HttpRequest, sent: Sent, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    """Offer reviewers for each role that needs approval.

    :raises googlecloud.errors.GoogleCloudError: when Google fails.
    """
    asked = [ProjectRole.parse(role_id) for role_id in sent.form.approvals]
    titles = role_titles(role.role for role in asked)
    roles = [
        replace(_role_to_review(request, role, sent), title=titles.get(role.role, ""))
        for role in asked
    ]
    if sent.has_chosen and not refusal:
        refusal, status = "Choose at least one reviewer for each role", 400
    possible = [one for one in roles if one.choice and one.choice.is_possible]
    terms = [one.choice.terms for one in possible if one.choice]
    excluded = {one.role.id for one in roles} - {one.role.id for one in possible}
    hidden = [pair for pair in sent.hidden if pair not in {("approval", name) for name in excluded}]
    context = request_bar(sent.form, terms) | {
        "roles": roles,
        "hidden": [*hidden, (CHOSEN, "yes")],
        "own_count": len(sent.form.roles),
        "can_send": bool(possible or sent.form.roles),
        "refusal": refusal,
    }
    return render(request, "pages/choose_reviewers.html", context, status=status)


def _role_to_review(request: HttpRequest, role: ProjectRole, sent: Sent) -> RoleToReview:
    chosen = sent.reviewers.get(role.id, ())
    try:
        choice = reviewer_choice(user=user_of(request), role=role, chosen=chosen)
    except (Refusal, NotEligible) as error:
        return RoleToReview(role, None, str(error))
    return RoleToReview(role, choice)


def _outcomes(
    request: HttpRequest, sent: Sent, results: Sequence[Result], *, now: datetime
) -> HttpResponse:
    lines = outcome_lines(results, reader=user_of(request).email, now=now)
    context = {
        "lines": lines,
        "done": sum(line.is_done for line in lines),
        "again": retry_form(lines, sent.form, sent.reviewers, field_of=field_of),
        "saved_ids": [role.id for line in lines for role in line.part.roles],
    }
    return render(request, "pages/outcomes.html", context)
