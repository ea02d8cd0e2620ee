"""The endpoint for schedulers: `/cron/<job>`, which needs no person but requires proof of the caller."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from activations.jobs import JOBS, run_job
from googlecloud.errors import GoogleCloudError, Unavailable
from googlecloud.oidc import InvalidIdToken, OidcVerifier
from jitaccess.runtime import Platform

logger = logging.getLogger("jitaccess.cron")

PREFIX = "/cron/"
# App Engine's cron calls from these addresses; its front end removes both headers from other requests.
APP_ENGINE_CRON = frozenset({"0.1.0.2", "0.1.0.1"})


class CronMiddleware:
    """Runs a job for App Engine's cron (only there) or for the OIDC token of `CRON_SERVICE_ACCOUNT`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(PREFIX):
            return self.get_response(request)
        if refusal := _refusal(request):
            logger.error("Refused %s: %s", request.path, refusal, extra={"event": "cron.refused"})
            return JsonResponse({"message": "Not allowed"}, status=403)
        name = request.path.removeprefix(PREFIX)
        if name not in JOBS:
            return JsonResponse({"message": "There is no such job"}, status=404)
        if request.method not in {"GET", "POST"}:
            return JsonResponse({"message": "Use GET or POST here"}, status=405)
        try:
            return JsonResponse(run_job(name))
        except GoogleCloudError as error:  # it is logged and noted; the next run continues
            return JsonResponse({"message": str(error)}, status=502)


def _refusal(request: HttpRequest) -> str:
    """Return why this caller may not run jobs, or '' when it may."""
    if _is_app_engine_cron(request):
        return ""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        return "neither App Engine's cron nor an identity token"
    if not settings.CRON_SERVICE_ACCOUNT or not settings.CRON_AUDIENCE:
        return "CRON_SERVICE_ACCOUNT and CRON_AUDIENCE (or BASE_URL) are not set"
    try:
        _verifier(settings.CRON_SERVICE_ACCOUNT, settings.GOOGLE_API_ENDPOINT).verify(
            token.strip(), audience=settings.CRON_AUDIENCE
        )
    except (InvalidIdToken, Unavailable) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _is_app_engine_cron(request: HttpRequest) -> bool:
    return (
        settings.PLATFORM is Platform.APP_ENGINE
        and request.headers.get("X-Appengine-Cron") == "true"
        and request.headers.get("X-Appengine-User-Ip") in APP_ENGINE_CRON
    )


@lru_cache(maxsize=4)
def _verifier(service_account: str, endpoint: str) -> OidcVerifier:
    return OidcVerifier(service_account=service_account, endpoint=endpoint or None)
