"""The doctor's page in the admin, for administrators only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from activations.models import User
from jitaccess.doctor.examination import examine
from jitaccess.doctor.report import is_healthy, summary
from jitaccess.doctor.target import target
from jitaccess.doctor.trial_mail import send_trial_mail


@require_http_methods(["GET", "HEAD", "POST"])
def doctor(request: HttpRequest) -> HttpResponse:
    """Show two buttons; run the checks or send a test message when one is pressed.

    :raises PermissionDenied: for everybody except administrators.
    """
    person = request.user
    if not (isinstance(person, User) and person.permissions.is_administrator):
        raise PermissionDenied("The doctor is for administrators.")
    context = {
        "title": "Doctor",
        "subtitle": None,
        "address": request.POST.get("to") or person.email,
        **_asked(request),
        **admin.site.each_context(request),
    }
    return TemplateResponse(request, "admin/doctor.html", context)


def _asked(request: HttpRequest) -> dict[str, Any]:
    if request.method != "POST":
        return {}
    if "to" in request.POST:
        findings = [send_trial_mail(request.POST["to"].strip())]
    else:
        findings = examine(target(timezone.now))  # noqa: TID251  # the clock itself is handed down
    return {
        "findings": findings,
        "summary": summary(findings),
        "healthy": is_healthy(findings),
    }
