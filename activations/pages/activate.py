"""`/activate`: takes the form and answers with the request that it made, or with the next step."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from activations.forms import RequestForm
from activations.pages.ask_page import ask_page
from activations.pages.attempt import form_attempt, note_attempt
from activations.pages.roles_page import roles_page
from activations.pages.seen import see_request
from activations.people import asker_of, user_of
from activations.rules import Refusal
from activations.services.self_activation import self_activate
from activations.writer import Writer
from activations.writing import current_writer
from eligibility.catalog import NotEligible
from eligibility.entitlements import ProjectRole


@require_http_methods(["GET", "HEAD", "POST"])
def activate(request: HttpRequest) -> HttpResponse:
    """Activate, then show the request; what is refused goes back to the form."""
    if request.method != "POST":
        # Somebody opened the address of an error page again.
        return redirect("roles")
    form, writer = RequestForm.sent(request.POST), current_writer()
    # Should Google fail, the error page offers to try again with these.
    note_attempt(request, form_attempt(reverse("activate"), form))
    try:
        return _next(request, form, writer)
    except Refusal as error:
        return _refused(request, form, error, status=400)
    except NotEligible as error:
        # What the list still shows from a minute ago is no longer true.
        writer.forget(user_of(request).email, form.project_id)
        return _refused(request, form, error, status=403)


def _next(request: HttpRequest, form: RequestForm, writer: Writer) -> HttpResponse:
    """The request made, or the page that asks for reviewers where scripts did not."""
    form.check_one_kind()
    if form.approvals:
        return ask_page(request, form=form, role=ProjectRole.parse(form.approvals[0]))
    return see_request(self_activate(asked=form.asked(), asker=asker_of(request), writer=writer))


def _refused(
    request: HttpRequest, form: RequestForm, error: Exception, *, status: int
) -> HttpResponse:
    return roles_page(
        request, form=form.again(), now=timezone.now(), refusal=str(error), status=status
    )
