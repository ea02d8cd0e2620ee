"""`/admin/deputy/`: a reviewer names who decides for them during an absence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from activations.admin.as_of import moment
from activations.domain.refusals import Moved
from activations.domain.rules import Refusal
from activations.people.actor import actor_of, user_of
from activations.people.deputies import absence_of, represented_by
from activations.services.absence import LONGEST, end_absence, name_deputy

FIELDS = ("deputy", "start", "end")


@require_http_methods(["GET", "HEAD", "POST"])
def deputy_page(request: HttpRequest) -> HttpResponse:
    """Show the form, or name the deputy, or end the absence."""
    if request.method != "POST":
        return _page(request, {})
    try:
        if request.POST.get("action") == "end":
            end_absence(actor=actor_of(request), now=moment(request))
        else:
            _name(request)
    except (Refusal, Moved) as error:
        sent = {name: request.POST.get(name, "") for name in FIELDS}
        status = 409 if isinstance(error, Moved) else 400
        return _page(request, {"sent": sent, "problem": str(error)}, status=status)
    return redirect(reverse("admin:deputy"))


def _name(request: HttpRequest) -> None:
    start = request.POST.get("start", "").strip()
    name_deputy(
        deputy=request.POST.get("deputy", ""),
        starts_at=_instant("start", start) if start else None,
        ends_at=_instant("end", request.POST.get("end", "").strip()),
        actor=actor_of(request),
        now=moment(request).replace(microsecond=0),
    )


def _instant(name: str, text: str) -> datetime:
    """Return the time of a datetime-local field, which is in UTC."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise Refusal(
            f"Enter the {name} as date and time in UTC, such as 2030-01-31 18:00"
        ) from None


def _page(request: HttpRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    user, now = user_of(request), moment(request)
    absence = absence_of(user, now=now)
    return TemplateResponse(
        request,
        "admin/deputy.html",
        {
            **admin.site.each_context(request),
            "title": "Deputy",
            "as_of": now,
            "absence": absence,
            "has_begun": bool(absence and absence.starts_at <= now),
            "represented": represented_by(user, now=now),
            "longest": LONGEST.days,
            **context,
        },
        status=status,
    )
