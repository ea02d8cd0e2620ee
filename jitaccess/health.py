"""Liveness, readiness and warm-up: names and booleans in the public answer, reasons in the log."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse

from activations.database_faults import described
from eligibility import providers
from googlecloud.errors import GoogleCloudError
from jitaccess.deployment import NoAudience, expected_audiences
from jitaccess.runtime import Platform
from jitaccess.start import unapplied_migrations

logger = logging.getLogger("jitaccess.health")

WARM_UP = "/_ah/warmup"


class HealthMiddleware:
    """Answers probes before host and identity are checked, because a probe has neither."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._answers = _answers()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self._answers.get(request.path)
        if answer is None:
            return self.get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return health(answer())


def _answers() -> dict[str, Callable[[], dict[str, bool]]]:
    """Return the answers by path; only App Engine sends warm-up requests."""
    warming = {WARM_UP: warm_up} if settings.PLATFORM is Platform.APP_ENGINE else {}
    return {"/health/alive": dict, "/health/ready": readiness} | warming


def warm_up() -> dict[str, bool]:
    """Load what the first request would otherwise wait for, and connect to the database; calls no API."""
    cloud = providers.cloud()
    _ = cloud.asset, cloud.directory, cloud.resource_manager
    return _results({"DatabaseIsMigrated": _database_problem})


def health(details: dict[str, bool]) -> JsonResponse:
    healthy = all(details.values())
    response = JsonResponse(
        {"healthy": healthy, "details": details}, status=200 if healthy else 503
    )
    response["Cache-Control"] = "no-store"
    return response


def readiness() -> dict[str, bool]:
    """Return, by name, whether each condition for serving people holds."""
    checks: dict[str, Callable[[], str]] = {
        # There is no such mode, but monitors of the original application check this name.
        "DevModeIsDisabled": lambda: "",
        "DatabaseIsMigrated": _database_problem,
        "AudienceIsKnown": _audience_problem,
    }
    return _results(checks)


def _results(checks: Mapping[str, Callable[[], str]]) -> dict[str, bool]:
    problems = {name: check() for name, check in checks.items()}
    for name, problem in problems.items():
        if problem:
            logger.warning("%s: %s", name, problem, extra={"event": "api.checkHealth"})
    return {name: not problem for name, problem in problems.items()}


def _database_problem() -> str:
    try:
        missing = unapplied_migrations()
    except Error as error:
        return described(error)
    return f"{len(missing)} migrations are not applied" if missing else ""


def _audience_problem() -> str:
    try:
        expected_audiences()
    except GoogleCloudError as error:
        return f"The metadata server does not answer: {error}"
    except NoAudience as error:
        return str(error)
    return ""
