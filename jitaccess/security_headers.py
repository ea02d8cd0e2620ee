"""Restricts what browsers may do: no foreign content, frames or inline code, no plain http, no API calls of other sites, no large bodies."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from http.cookies import SimpleCookie
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse

from jitaccess.public_address import is_loopback

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "manifest-src 'self'",
    )
)
# https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes
BOUND = "__Host-"
PORT = re.compile(r":\d*$")  # an IPv6 address ends with a bracket
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


class SecurityHeadersMiddleware:
    """Sets the headers for which Django has no setting, and prevents caching of answers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_plain = _is_plain_loopback(request)
        if not is_plain:
            request.COOKIES = own_cookies(request.COOKIES)
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if not request.path.startswith("/static/"):
            # History and eligibility are personal: neither browsers nor proxies may store them.
            response.headers.setdefault("Cache-Control", "no-cache, no-store, private")
        if is_plain:
            for cookie in response.cookies.values():
                cookie["secure"] = ""
        else:
            response.cookies = bound_to_host(response.cookies)
        return response


def own_cookies(sent: Mapping[str, str]) -> dict[str, str]:
    """Return the cookies that only this host can have set, under their names in the application."""
    return {
        name.removeprefix(BOUND): value for name, value in sent.items() if name.startswith(BOUND)
    }


def bound_to_host(cookies: SimpleCookie) -> SimpleCookie:
    """Return the cookies with a prefix that browsers accept from this host and over https only.

    A neighbour such as another application on the same domain cannot set them. Deleting one needs the
    same attributes, which Django leaves out.
    """
    bound = SimpleCookie()
    for name, cookie in cookies.items():
        bound[f"{BOUND}{name}"] = cookie.value
        bound[f"{BOUND}{name}"].update({**cookie, "secure": True, "path": "/", "domain": ""})
    return bound


def is_on_loopback(request: HttpRequest) -> bool:
    """Return whether the browser runs on this machine, by the host name that it used."""
    return is_loopback(PORT.sub("", request.META.get("HTTP_HOST", "")))


def _is_plain_loopback(request: HttpRequest) -> bool:
    """Return whether this is a laptop without TLS, where browsers would not return https-only cookies."""
    return not request.is_secure() and is_on_loopback(request)


class HttpsMiddleware:
    """Redirects plain http to https; replaces Django's own redirect, which cannot exempt a laptop.

    Only the proxy knows the browser's scheme. Without its header nothing is redirected, which
    prevents redirect loops. Runs after `OpenPathsMiddleware`, because App Engine's cron calls over
    plain http and treats a redirect as a failure.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _came_over_http(request):
            return self.get_response(request)
        return HttpResponsePermanentRedirect(
            f"https://{request.get_host()}{request.get_full_path()}"
        )


def _came_over_http(request: HttpRequest) -> bool:
    said = request.headers.get("X-Forwarded-Proto", "").partition(",")[0].strip().lower()
    return said == "http" and not is_on_loopback(request)


class BodyLimitMiddleware:
    """Refuses large requests before anything reads them or asks who sent them. No page takes files."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """:raises RequestDataTooBig: when the request announces a larger body than Django would read."""
        # gunicorn refuses lengths that are no numbers. Without a length Django reads no body.
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig("The body of the request is too large")
        return self.get_response(request)


class RefusedUploads(FileUploadHandler):
    """Takes no file, so that none is written to the disk."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """:raises BadRequest: for each file."""
        raise BadRequest("No page takes files")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        raise BadRequest("No page takes files")

    def file_complete(self, file_size: int) -> None:
        return None


class ApiHeaderMiddleware:
    """Requires `X-JITACCESS: 1`, which a form on another site cannot send, before identity, as in the original."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/api/") and request.headers.get("X-JITACCESS") != "1":
            return JsonResponse({"message": "Missing header: X-JITACCESS"}, status=400)
        return self.get_response(request)
