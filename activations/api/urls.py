"""Paths of the API; projects may be domain-scoped (`example.com:p1`)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path, re_path, register_converter
from django.views.decorators.csrf import csrf_exempt

from activations.api.absence import absence_view
from activations.api.access_policy import access_policy_view
from activations.api.activate import activate_view
from activations.api.after_review import after_review_view
from activations.api.approval import (
    approve_view,
    ask_view,
    decline_view,
    peers_view,
    withdraw_view,
)
from activations.api.eligible import eligible_view, policy_view, projects_view, roles_view
from activations.api.endpoint import method_of, wrong_method
from activations.api.explain import explain_view
from activations.api.grants import end_view, extend_view
from activations.api.openapi import document
from activations.api.original import activation_request_view
from activations.api.records import grants_view, request_view, requests_view


class AnyText:
    """Any text in place of a project, including slashes and line breaks.

    The services reject what is not an id and say so; a narrower pattern here would answer 404.
    """

    regex = r"[\s\S]*"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(AnyText, "text")


@csrf_exempt
def outdated(request: HttpRequest) -> HttpResponse:
    """Answers browsers that still run the first version of the original's page."""
    return JsonResponse(
        {"message": "You are viewing an outdated version of this page. Reload it: /"}, status=404
    )


@csrf_exempt
def unknown(request: HttpRequest, rest: str) -> HttpResponse:
    return JsonResponse(
        {"message": f"There is nothing at /api/{rest}; see /api/openapi.json"}, status=404
    )


@csrf_exempt
def openapi_view(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document of the paths below."""
    if method_of(request) != "GET":
        return wrong_method("GET")
    return JsonResponse(document(urlpatterns))


urlpatterns: list[URLPattern] = [
    path("policy", policy_view),
    path("absence", absence_view),
    path("access-policy", access_policy_view),
    path("eligible", eligible_view),
    path("projects", projects_view),
    path("projects/<text:project_id>/roles", roles_view),
    path("projects/<text:project_id>/roles/self-activate", activate_view),
    path("projects/<text:project_id>/peers", peers_view),
    path("projects/<text:project_id>/roles/request", ask_view),
    path("activation-request", activation_request_view),
    path("explain", explain_view),
    path("requests", requests_view),
    path("requests/<uuid:request_id>", request_view),
    path("requests/<uuid:request_id>/approve", approve_view),
    path("requests/<uuid:request_id>/decline", decline_view),
    path("requests/<uuid:request_id>/withdraw", withdraw_view),
    path("requests/<uuid:request_id>/after-review", after_review_view),
    path("grants", grants_view),
    path("grants/<uuid:grant_id>/end", end_view),
    path("grants/<uuid:grant_id>/extend", extend_view),
    path("openapi.json", openapi_view),
    path("", outdated),
    re_path(r"^(?P<rest>.*)$", unknown),
]
