"""Turns a function into an API endpoint that the OpenAPI document can describe."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from activations.api.json_shapes import from_json, to_json
from activations.domain.rules import Refusal, check_text
from googlecloud import json_text

# The statuses of Google's errors, in addition to our own refusals.
FROM_GOOGLE = (400, 403, 404, 409, 429, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of the query, always optional."""

    name: str
    description: str
    kind: type = str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method on one path."""

    method: str
    summary: str
    answers: type
    handler: Callable[..., Any]
    query: tuple[Parameter, ...] = ()
    takes: type | None = None
    errors: tuple[int, ...] = (400, 403, 404)


def serve(*endpoints: Endpoint) -> Callable[..., HttpResponse]:
    """Return a view for the endpoints of one path.

    Needs no CSRF token: the middleware requires the header X-JITACCESS, which other sites cannot
    send.
    """
    by_method = {endpoint.method: endpoint for endpoint in endpoints}

    def view(request: HttpRequest, **path: Any) -> HttpResponse:
        endpoint = by_method.get(method_of(request))
        if endpoint is None:
            return wrong_method(*sorted(by_method))
        if endpoint.takes is None:
            return JsonResponse(to_json(endpoint.handler(request, **path)))
        if request.content_type != "application/json":
            return JsonResponse({"message": "Send Content-Type: application/json"}, status=415)
        body: Any = from_json(endpoint.takes, _json_body(request))
        return JsonResponse(to_json(endpoint.handler(request, body, **path)))

    view.endpoints = endpoints  # type: ignore[attr-defined]  # read by the OpenAPI document
    return csrf_exempt(view)


def method_of(request: HttpRequest) -> str:
    """Return the method; HEAD counts as GET, and the server omits the body."""
    return "GET" if request.method == "HEAD" else request.method or ""


def wrong_method(*right: str) -> HttpResponse:
    response = JsonResponse({"message": f"Use {' or '.join(right)} here"}, status=405)
    response["Allow"] = ", ".join(right)
    return response


def _json_body(request: HttpRequest) -> Any:
    try:
        return json_text.parse(request.body)
    except ValueError:
        raise Refusal("The body is not valid JSON in UTF-8") from None


def text(request: HttpRequest, name: str) -> str:
    """Return a query parameter, trimmed; '' when it is missing.

    :raises Refusal: when it contains characters that no database can store.
    """
    return check_text(name, request.GET.get(name, "").strip())


def chosen(request: HttpRequest, name: str, choices: tuple[str, ...]) -> str:
    """Return one of the choices, or ''.

    :raises Refusal: for anything else.
    """
    value = text(request, name)
    if value and value not in choices:
        raise Refusal(f"{name} must be one of {', '.join(choices)}")
    return value


def number(
    request: HttpRequest, name: str, *, default: int, at_most: int, is_cut: bool = False
) -> int:
    """Return a whole number from 1 to `at_most`; with `is_cut`, a larger one counts as `at_most`.

    :raises Refusal: for anything else.
    """
    value = text(request, name)
    if not value:
        return default
    given = int(value) if re.fullmatch("[0-9]{1,9}", value) else 0
    if is_cut:
        given = min(given, at_most)
    if not 1 <= given <= at_most:
        limits = "of 1 or more" if is_cut else f"from 1 to {at_most}"
        raise Refusal(f"{name} must be a whole number {limits}")
    return given
