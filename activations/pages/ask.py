"""`/ask`: requests approval for one role, on a separate page."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from activations.domain.rules import Refusal
from activations.iam.dependencies import Dependencies, current_dependencies
from activations.models import Request
from activations.pages.ask_links import role_by_key
from activations.pages.ask_page import ask_page
from activations.pages.chosen_project import roles_url
from activations.pages.explain_links import earlier_url, why_url
from activations.pages.forms import RequestForm, note_retry_form, request_retry_form
from activations.pages.inbox import pending_for
from activations.pages.request_bar import form_for
from activations.pages.request_page import redirect_to_request
from activations.pages.roles_page import roles_page
from activations.people.actor import actor_of, user_of
from activations.services.approval_request import request_approval
from activations.services.break_glass import NoBreakGlass
from activations.services.self_activation import self_activate
from eligibility.entitlements import ProjectRole
from eligibility.judgement import NotEligible


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Show the form for one role, or create the request."""
    if request.method == "POST":
        return _ask(request)
    role = _role(request)
    if role is None:
        return redirect(roles_url(request.GET.get("projectId", "").strip()))
    if pending := pending_for(user_of(request), role, timezone.now()):
        return redirect("request", request_id=pending.id)
    form = replace(form_for(request, role.project_id), roles=(), approvals=(role.id,))
    return ask_page(request, form=form, role=role)


def _role(request: HttpRequest) -> ProjectRole | None:
    """Return the role that the address names, by its id or by the key of an eligible role."""
    if role_id := request.GET.get("role"):
        return ProjectRole.parse(role_id)
    project_id, key = request.GET.get("projectId", "").strip(), request.GET.get("key")
    if not key:
        return None
    user = user_of(request)
    return role_by_key(user=user, project_id=project_id, key=key, now=timezone.now())


def _ask(request: HttpRequest) -> HttpResponse:
    form, dependencies = RequestForm.sent(request.POST), current_dependencies()
    note_retry_form(request, request_retry_form(reverse("ask"), form))
    try:
        made = _made(request, form, dependencies)
    except Refusal as error:
        return _refused(request, form, error, status=400)
    except NoBreakGlass as error:
        return _refused(request, form, error, status=403)
    except NotEligible as error:
        dependencies.forget(user_of(request).email, form.project_id)
        return _refused(request, form, error, status=403)
    return redirect_to_request(made)


def _made(request: HttpRequest, form: RequestForm, dependencies: Dependencies) -> Request:
    actor = actor_of(request)
    if form.breaks_glass:
        return self_activate(asked=form.self_activation(), actor=actor, dependencies=dependencies)
    form.check_one_kind()
    return request_approval(asked=form.approval_input(), actor=actor, dependencies=dependencies)


def _refused(
    request: HttpRequest, form: RequestForm, error: Exception, *, status: int
) -> HttpResponse:
    """Show the form again with the reason, or the list of roles when the role cannot be requested."""
    form, reader = form.again(), user_of(request).email
    if form.approvals and not form.roles:
        role = ProjectRole.parse(form.approvals[0])
        try:
            return ask_page(
                request,
                form=form,
                role=role,
                refusal=str(error),
                why_url=why_url(error, reader=reader),
                earlier_url=earlier_url(error),
                status=status,
            )
        except NotEligible as lost:
            error, status = lost, 403
    return roles_page(
        request,
        form=form,
        now=timezone.now(),
        refusal=str(error),
        why_url=why_url(error, reader=reader),
        status=status,
    )
