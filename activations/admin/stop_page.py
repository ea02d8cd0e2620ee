"""`/admin/stop-person/`: shows what a person has, stops them after a confirmation, and lifts the stop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from activations.admin.as_of import moment
from activations.domain.refusals import Moved
from activations.domain.rules import Refusal, check_address
from activations.iam.dependencies import current_dependencies
from activations.models import Grant, Request, Stop
from activations.people.actor import actor_of
from activations.people.stops import grants_of, person_of, requests_of, stops_of
from activations.services.resume_person import resume_person
from activations.services.stop_person import StopReport, stop_person
from eligibility import providers
from googlecloud.calls import Deadline
from googlecloud.errors import GoogleCloudError

# Load balancers wait for 30 seconds; the reconciler ends what remains.
SECONDS = 15.0
PERMISSION = "activations.stop_person"
MOST_SHOWN = 200


def stop_url(email: str) -> str:
    """Return the URL of the page about this person."""
    return f"{reverse('admin:stop_person')}?{urlencode({'email': email})}"


@require_http_methods(["GET", "HEAD", "POST"])
def stop_person_page(request: HttpRequest) -> HttpResponse:
    """Ask for an address, show the person, and run the confirmed action.

    :raises PermissionDenied: for everybody except administrators.
    """
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied("Only administrators can stop a person.")
    if request.method == "POST":
        return _act(request)
    if not (text := request.GET.get("email", "").strip()):
        return _page(request, {})
    try:
        return _page(request, _person(check_address(text)))
    except Refusal as error:
        return _page(request, {"email": text, "problem": str(error)}, status=400)


def _act(request: HttpRequest) -> HttpResponse:
    email, reason = request.POST.get("email", ""), request.POST.get("reason", "")
    try:
        address = check_address(email)
    except Refusal as error:
        return _page(request, {"email": email, "problem": str(error)}, status=400)
    try:
        if request.POST.get("action") == "resume":
            return _resume(request, address, reason)
        report = stop_person(
            email=address,
            reason=reason,
            actor=actor_of(request),
            dependencies=current_dependencies(),
            deadline=Deadline(SECONDS),
        )
    except (Refusal, Moved) as error:
        context = _person(address) | {"reason": reason, "problem": str(error)}
        return _page(request, context, status=409 if isinstance(error, Moved) else 400)
    return _page(request, _person(address) | {"report": report, "summary": _summary(report)})


def _resume(request: HttpRequest, email: str, reason: str) -> HttpResponse:
    now = current_dependencies().clock()
    resume_person(email=email, reason=reason, actor=actor_of(request), now=now)
    return redirect(f"{stop_url(email)}&lifted=yes")


def _summary(report: StopReport) -> str:
    is_blocked = f"{report.stop.email} can no longer use JIT Access."
    if not report.results:
        return f"{is_blocked} There was no access to end and no request to withdraw."
    left = sum(not result.is_done for result in report.results)
    if left:
        return f"{is_blocked} {left} of {len(report.results)} not done yet; see below."
    return f"{is_blocked} Everything below is done."


def _person(email: str) -> dict[str, Any]:
    """Return what is known about this person, and what a stop would end."""
    user, stop = person_of(email), stops_of(email).first()
    whose = stop or Stop(user=user, email=email)
    return {
        "email": email,
        "seen": user,
        "stop": stop,
        "is_administrator": _is_administrator(email),
        "open_grants": _open_grants(whose),
        "pending": _pending(whose),
    }


def _open_grants(whose: Stop) -> Sequence[Grant]:
    now = current_dependencies().clock()
    return list(grants_of(whose).open(now).order_by("project_id", "role")[:MOST_SHOWN])


def _pending(whose: Stop) -> Sequence[Request]:
    return list(requests_of(whose).undecided()[:MOST_SHOWN])


def _is_administrator(email: str) -> bool:
    """Whether the settings and readable groups make this person an administrator."""
    try:
        return providers.groups().is_among(email, settings.ADMINISTRATORS)
    except GoogleCloudError:
        return f"user:{email}" in settings.ADMINISTRATORS


def _page(request: HttpRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    everybody = Stop.objects.filter(lifted_at=None).order_by("-stopped_at")[:MOST_SHOWN]
    return TemplateResponse(
        request,
        "admin/stop_person.html",
        {
            **admin.site.each_context(request),
            "title": "Stop a person",
            "subtitle": context.get("email"),
            "as_of": moment(request),
            "stopped": [(one, stop_url(one.email)) for one in everybody],
            "lifted": "lifted" in request.GET,
            **context,
        },
        status=status,
    )
