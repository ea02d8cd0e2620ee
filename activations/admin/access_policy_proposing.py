"""`/admin/access-policy/propose/`: checks a text, shows what it changes, and proposes it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from activations.admin.access_policy_page import policy_answer
from activations.admin.access_policy_preview import preview
from activations.admin.access_policy_text import shown_problems
from activations.admin.as_of import moment
from activations.domain.rules import Refusal
from activations.people.actor import actor_of, user_of
from activations.services.access_policy import hash_of, propose_policy
from policies.document.problems import InvalidDocument
from policies.document.reading import Reading, read
from policies.models import PolicyVersion
from policies.services.active import active_version
from policies.services.proposing import text_of_form
from policies.services.refusals import PolicyMoved, PolicyRefused

STATUS = {Refusal: 400, PolicyRefused: 400, PolicyMoved: 409}
ACTIVE_ALREADY = "This text is active already, so it is no new version. Nothing was proposed."
TEXT_CHANGED = "You changed the text after the preview. Check the preview again, then propose it."


@require_http_methods(["GET", "HEAD", "POST"])
def propose_page(request: HttpRequest) -> HttpResponse:
    """Show the form; for POST the errors, the preview, or the page of the new proposal.

    :raises PermissionDenied: for everybody except administrators.
    :raises Http404: when there is no version with the number in the URL.
    """
    check_administrator(request)
    if request.method == "POST":
        text = text_of_form(request.POST.get("text", ""))
        return _checked(request, text, request.POST.get("comment", ""))
    number = request.GET.get("version", "")
    if not number:
        return _page(request, {})
    version = PolicyVersion.objects.filter(pk=number).first() if number.isdecimal() else None
    if version is None:
        raise Http404(f"There is no version {number}.")
    return _checked(request, version.text, f"Back to version {version.pk}")


def check_administrator(request: HttpRequest) -> None:
    """:raises PermissionDenied: for everybody except administrators."""
    if not user_of(request).permissions.is_administrator:
        raise PermissionDenied("Only administrators can change the access policy.")


def _checked(request: HttpRequest, text: str, comment: str) -> HttpResponse:
    typed = {"text": text, "comment": comment}
    try:
        reading = read(text)
    except InvalidDocument as error:
        return _page(request, typed | {"errors": shown_problems(text, error.problems)}, status=400)
    if hash_of(active_version()) == reading.sha256:
        return _page(request, typed | {"problem": ACTIVE_ALREADY}, status=400)
    if request.POST.get("action") != "propose":
        return _preview(request, typed, reading)
    if request.POST.get("previewed") != reading.sha256:
        return _preview(request, typed | {"problem": TEXT_CHANGED}, reading)
    return _propose(request, typed, reading)


def _propose(request: HttpRequest, typed: dict[str, Any], reading: Reading) -> HttpResponse:
    try:
        proposed = propose_policy(
            text=typed["text"],
            comment=typed["comment"],
            compared_with=request.POST.get("compared", ""),
            actor=actor_of(request),
            now=moment(request),
        )
    except (Refusal, PolicyRefused, PolicyMoved) as error:
        problem = typed | {"problem": str(error)}
        return _preview(request, problem, reading, status=STATUS[type(error)])
    proposal = proposed.proposal
    if proposed.is_new:
        messages.success(request, f"Version {proposal.version_id} was proposed.")
    else:
        by = proposal.proposed_by_email
        messages.warning(request, f"This text is already proposed, by {by}. Nothing was changed.")
    return redirect("admin:access_policy_version", proposal.pk)


def _preview(
    request: HttpRequest, typed: dict[str, Any], reading: Reading, *, status: int = 200
) -> HttpResponse:
    """Return the form with what the text changes, and with what it was compared with."""
    active = active_version()
    shown = preview(typed["text"], reading, active, now=moment(request))
    keys = {"previewed": reading.sha256, "compared": hash_of(active)}
    return _page(request, typed | shown | keys, status=status)


def _page(request: HttpRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    names = {"title": "Propose an access policy", "subtitle": None}
    return policy_answer(
        request, "admin/access_policy/propose.html", names | context, status=status
    )
