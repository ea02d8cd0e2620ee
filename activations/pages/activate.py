"""`/activate`: receives the request form, and redirects to the request or shows the next step."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from activations.domain.rules import Refusal
from activations.iam.dependencies import Dependencies, current_dependencies
from activations.pages.ask_page import ask_page
from activations.pages.explain_links import earlier_url, why_url
from activations.pages.forms import RequestForm, note_retry_form, request_retry_form
from activations.pages.request_page import redirect_to_request
from activations.pages.roles_page import roles_page
from activations.people.actor import actor_of, user_of
from activations.services.break_glass import NoBreakGlass
from activations.services.self_activation import self_activate
from eligibility.entitlements import ProjectRole
from eligibility.judgement import NotEligible


@require_http_methods(["GET", "HEAD", "POST"])
def activate(request: HttpRequest) -> HttpResponse:
    """Activate the roles and redirect to the request, or show the form with the reason for a refusal."""
    if request.method != "POST":
        # The person reloaded the address of an error page.
        return redirect("my-access")
    form, dependencies = RequestForm.sent(request.POST), current_dependencies()
    # If Google fails, the error page offers to send the same values again.
    note_retry_form(request, request_retry_form(reverse("activate"), form))
    try:
        return _next(request, form, dependencies)
    except Refusal as error:
        return _refused(request, form, error, status=400)
    except NoBreakGlass as error:
        return _refused(request, form, error, status=403)
    except NotEligible as error:
        # The cached list of roles is outdated.
        dependencies.forget(user_of(request).email, form.project_id)
        return _refused(request, form, error, status=403)


def _next(request: HttpRequest, form: RequestForm, dependencies: Dependencies) -> HttpResponse:
    """Redirect to the request, or ask for reviewers if the browser ran no script that asks for them."""
    if not form.breaks_glass:
        form.check_one_kind()
    if form.approvals and not form.breaks_glass:
        return ask_page(request, form=form, role=ProjectRole.parse(form.approvals[0]))
    return redirect_to_request(
        self_activate(
            asked=form.self_activation(), actor=actor_of(request), dependencies=dependencies
        )
    )


def _refused(
    request: HttpRequest, form: RequestForm, error: Exception, *, status: int
) -> HttpResponse:
    return roles_page(
        request,
        form=form.again(),
        now=timezone.now(),
        refusal=str(error),
        why_url=why_url(error, reader=user_of(request).email),
        earlier_url=earlier_url(error),
        status=status,
    )
