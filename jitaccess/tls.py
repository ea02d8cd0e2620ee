"""Redirects plain http to https, where a proxy in front reports the scheme."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect

from jitaccess.cron import PREFIX as CRON
from jitaccess.security_headers import is_on_loopback


class HttpsMiddleware:
    """Replaces Django's own redirect, which can exempt neither App Engine's cron nor a laptop.

    Only the proxy knows the browser's scheme. Without its header nothing is redirected, which
    prevents redirect loops. App Engine's cron calls over plain http and treats a redirect as a
    failure.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _came_over_http(request) or request.path.startswith(CRON):
            return self.get_response(request)
        return HttpResponsePermanentRedirect(
            f"https://{request.get_host()}{request.get_full_path()}"
        )


def _came_over_http(request: HttpRequest) -> bool:
    said = request.headers.get("X-Forwarded-Proto", "").partition(",")[0].strip().lower()
    return said == "http" and not is_on_loopback(request)
