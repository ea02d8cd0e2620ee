"""The context that all pages of access reviews share."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from activations.admin.as_of import moment
from activations.people.actor import user_of


def answer(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Return a page from `templates/admin/access_reviews/`."""
    return TemplateResponse(
        request,
        f"admin/access_reviews/{template}",
        {
            **admin.site.each_context(request),
            "subtitle": None,
            "as_of": moment(request),
            "is_administrator": user_of(request).permissions.is_administrator,
            "sees_all": user_of(request).permissions.sees_history,
            **context,
        },
        status=status,
    )
