"""`/explain`: why the person can activate a role now, or cannot."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from activations.pages.chosen_project import remembered
from activations.pages.explain_form import explain_form
from activations.people.actor import is_administrator


@require_safe
def explain(request: HttpRequest) -> HttpResponse:
    """The form, and the steps once project and role are entered; works without scripts."""
    form = explain_form(request, is_administrator=is_administrator(request))
    context = form.context | {"remembered": remembered(request)}
    return render(request, "pages/explain.html", context, status=form.status)
