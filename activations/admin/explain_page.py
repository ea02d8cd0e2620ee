"""`/admin/explain/`: why anybody can activate a role now, or cannot."""

from __future__ import annotations

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from activations.admin.as_of import moment
from activations.pages.explain_form import explain_form
from activations.people.actor import user_of


@require_safe
def explain_page(request: HttpRequest) -> HttpResponse:
    """Ask for person, project and role, and show the steps with commands.

    :raises PermissionDenied: for everybody but administrators.
    """
    user = user_of(request)
    if not user.permissions.is_administrator:
        raise PermissionDenied("Only administrators can explain the eligibility of others.")
    form = explain_form(request, is_administrator=True, user=request.GET.get("user", "").strip())
    return TemplateResponse(
        request,
        "admin/explain.html",
        {
            **admin.site.each_context(request),
            "title": "Explain eligibility",
            "as_of": moment(request),
            **form.context,
        },
        status=form.status,
    )
