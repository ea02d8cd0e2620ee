"""`/grants/<id>/extend`: extends access."""

from __future__ import annotations

import uuid
from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from activations.domain.refusals import Moved
from activations.domain.rules import Refusal
from activations.domain.states import Status
from activations.iam.dependencies import current_dependencies
from activations.models import Grant, User
from activations.pages.demands import demand_lines
from activations.pages.end import moved_page
from activations.pages.extension_bar import extension_bar
from activations.pages.forms import RequestForm, note_retry_form, request_retry_form
from activations.pages.request_page import redirect_to_request
from activations.pages.reviewer_choice import ReviewerChoice, reviewer_choice
from activations.pages.running_grant import GrantPage, grant_page
from activations.pages.running_grants import is_ending
from activations.people.actor import actor_of, user_of
from activations.services.extension import Extension
from activations.services.extension import extend as extend_grant
from activations.services.extension_offer import Offer, extension_offer
from activations.services.history import find_own_grant
from eligibility.judgement import NotEligible


@require_http_methods(["GET", "HEAD", "POST"])
def extend(request: HttpRequest, grant_id: uuid.UUID) -> HttpResponse:
    """Show the form with the values of the last request, or create the request."""
    grant = find_own_grant(user=user_of(request), grant_id=grant_id)
    if request.method == "POST":
        return _extend(request, grant)
    now = timezone.now()
    if grant.status(now) is not Status.ACTIVE or is_ending(grant, now):
        return redirect_to_request(grant.request)
    return _page(request, GrantPage(grant), None)


def _extend(request: HttpRequest, grant: Grant) -> HttpResponse:
    form, dependencies = RequestForm.sent(request.POST), current_dependencies()
    form = replace(form, project_id=grant.project_id)
    note_retry_form(request, request_retry_form(request.path, form))
    try:
        asked = Extension(
            details=form.checked_details(),
            reviewers=form.reviewers,
            idempotency_key=form.key,
        )
        made = extend_grant(
            grant=grant, asked=asked, actor=actor_of(request), dependencies=dependencies
        )
    except Refusal as error:
        return _page(request, GrantPage(grant, refusal=str(error), status=400), form.again())
    except NotEligible as error:
        dependencies.forget(user_of(request).email, form.project_id)
        return _page(request, GrantPage(grant, refusal=str(error), status=403), form.again())
    except Moved as error:
        made_before = user_of(request).requests.filter(idempotency_key=form.key).first()
        return (
            redirect_to_request(made_before) if made_before else moved_page(request, grant, error)
        )
    return redirect_to_request(made)


def _choice(offer: Offer, form: RequestForm, user: User) -> ReviewerChoice | None:
    """Return who may approve; None for access that people extend themselves.

    :raises NotEligible: when the person may no longer request the role.
    """
    if not offer.needs_approval:
        return None
    try:
        return reviewer_choice(user=user, role=offer.grant.project_role, chosen=form.reviewers)
    except NotEligible:
        # The form says why it is refused when it is sent.
        if not offer.grant.request.needs_approval:
            return None
        raise


def _page(request: HttpRequest, page: GrantPage, sent: RequestForm | None) -> HttpResponse:
    """Show the form as it was sent, or with the values of the last request.

    :raises NotEligible: when the person may no longer request the role.
    """
    grant, user, now = page.grant, user_of(request), timezone.now()
    offer = extension_offer(grant=grant, user=user, now=now)
    form = sent or RequestForm.like(grant.request).for_minutes(offer.usual)
    choice = _choice(offer, form, user)
    context = grant_page(page, now=now) | extension_bar(form, [offer])
    context |= {"choice": choice} if choice else {}
    context["demand_lines"] = demand_lines(offer.terms, choice.approval if choice else None)
    return render(
        request,
        "pages/extend.html",
        context | {"action": request.path, "start": None},
        status=page.status,
    )
