"""`/admin/access-policy/N/activate/` and `…/reject/`: decide about a proposal after a confirmation."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from activations.admin.access_policy_page import policy_answer, proposal_of, standing
from activations.admin.access_policy_preview import preview
from activations.admin.access_policy_proposing import check_administrator
from activations.admin.access_policy_text import shown_problems
from activations.admin.as_of import moment
from activations.domain.rules import Refusal
from activations.people.actor import actor_of, user_of
from activations.services.access_policy import activate_policy, reject_policy
from policies.document.problems import InvalidDocument
from policies.document.reading import read
from policies.models import PolicyProposal
from policies.services.active import active_version
from policies.services.refusals import PolicyMoved, PolicyNotAllowed, PolicyRefused

STATUS = {Refusal: 400, PolicyRefused: 400, PolicyNotAllowed: 403, PolicyMoved: 409}


@require_http_methods(["GET", "HEAD", "POST"])
def activate_page(request: HttpRequest, number: int) -> HttpResponse:
    """Show what an activation changes; for POST, activate the version.

    :raises PermissionDenied: for everybody except administrators.
    :raises Http404: when there is no proposal with this number.
    """
    check_administrator(request)
    proposal = proposal_of(number)
    if request.method != "POST":
        return _activation(request, proposal)
    comment = request.POST.get("comment", "")
    try:
        activate_policy(
            proposal_id=number,
            comment=comment,
            actor=actor_of(request),
            needs_second_person=settings.ACCESS_POLICY_SECOND_PERSON,
            now=moment(request),
        )
    except InvalidDocument:
        return _activation(request, proposal, status=400)
    except (Refusal, PolicyNotAllowed, PolicyMoved) as error:
        found = {"problem": str(error), "comment": comment}
        return _activation(request, proposal_of(number), status=STATUS[type(error)], **found)
    messages.success(request, f"Version {proposal.version_id} is active now.")
    return redirect("admin:access_policy_version", number)


@require_http_methods(["GET", "HEAD", "POST"])
def reject_page(request: HttpRequest, number: int) -> HttpResponse:
    """Ask for a comment; for POST, reject the proposal.

    :raises PermissionDenied: for everybody except administrators.
    :raises Http404: when there is no proposal with this number.
    """
    check_administrator(request)
    proposal = proposal_of(number)
    if request.method != "POST":
        return _page(request, proposal, {"verb": "reject"})
    comment = request.POST.get("comment", "")
    try:
        reject_policy(
            proposal_id=number, comment=comment, actor=actor_of(request), now=moment(request)
        )
    except (Refusal, PolicyRefused, PolicyMoved) as error:
        found = {"verb": "reject", "problem": str(error), "comment": comment}
        return _page(request, proposal_of(number), found, status=STATUS[type(error)])
    messages.success(request, f"Version {proposal.version_id} was rejected.")
    return redirect("admin:access_policy_version", number)


def _activation(
    request: HttpRequest, proposal: PolicyProposal, *, status: int = 200, **more: str
) -> HttpResponse:
    """Return the confirmation with what the activation changes; errors of a text that cannot be read."""
    text = proposal.version.text
    try:
        shown = preview(text, read(text), active_version(), now=moment(request))
    except InvalidDocument as error:
        shown = {"errors": shown_problems(text, error.problems)}
    return _page(request, proposal, {"verb": "activate"} | shown | more, status=status)


def _page(
    request: HttpRequest, proposal: PolicyProposal, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    verb = str(context["verb"]).capitalize()
    names = {
        "title": f"{verb} an access policy",
        "subtitle": f"Version {proposal.version_id}",
        "proposal": proposal,
        "standing": standing(proposal, user_of(request)),
    }
    return policy_answer(request, "admin/access_policy/decide.html", names | context, status=status)
