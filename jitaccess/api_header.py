"""API calls must carry `X-JITACCESS: 1`, which a form on another site cannot send."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse


class ApiHeaderMiddleware:
    """Runs before identity, as in the original."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/api/") and request.headers.get("X-JITACCESS") != "1":
            return JsonResponse({"message": "Missing header: X-JITACCESS"}, status=400)
        return self.get_response(request)
