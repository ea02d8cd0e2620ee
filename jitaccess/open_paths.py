"""The paths that need no person: health checks of the platform, and `/cron/<job>` for schedulers.

Health checks answer with names and booleans, and log the reasons. A scheduler must prove who it is.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse

from activations.database_faults import described, fault_of
from activations.domain.refusals import OutcomeNotStored
from certification.jobs import JOBS, run_job
from eligibility import providers
from googlecloud.errors import GoogleCloudError, Unavailable
from googlecloud.oidc import InvalidIdToken, OidcVerifier, WrongAudience
from jitaccess.errors import NoAudience
from jitaccess.identity.assertion import expected_audiences
from jitaccess.refusal import job_failed
from jitaccess.runtime import Platform
from jitaccess.start import unapplied_migrations

logger = logging.getLogger("jitaccess.open_paths")

WARM_UP = "/_ah/warmup"
CRON = "/cron/"
# App Engine's cron calls from these addresses; its front end removes both headers from other requests.
APP_ENGINE_CRON = frozenset({"0.1.0.2", "0.1.0.1"})
_verifiers: dict[tuple[str, str | None], OidcVerifier] = {}
_building = threading.Lock()


class OpenPathsMiddleware:
    """Answers health checks and runs jobs before host and identity are checked, because neither applies."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._answers = _answers()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(CRON):
            return _run(request)
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


def _run(request: HttpRequest) -> HttpResponse:
    """Run a job for App Engine's cron (only there) or for the OIDC token of `CRON_SERVICE_ACCOUNT`."""
    if refusal := _refusal(request):
        logger.error("Refused %s: %s", request.path, refusal, extra={"event": "cron.refused"})
        return JsonResponse({"message": "Not allowed"}, status=403)
    name = request.path.removeprefix(CRON)
    if name not in JOBS:
        return JsonResponse({"message": "There is no such job"}, status=404)
    if request.method not in {"GET", "POST"}:
        return JsonResponse({"message": "Use GET or POST here"}, status=405)
    try:
        return JsonResponse(run_job(name))
    except GoogleCloudError as error:  # the next run continues
        return JsonResponse({"message": job_failed(name, error)}, status=502)
    except (Error, OutcomeNotStored) as error:
        return _database_failed(name, error)


def _database_failed(name: str, error: Exception) -> HttpResponse:
    fault = fault_of(error if isinstance(error, Error) else error.__cause__ or error)
    text = job_failed(name, error)
    if fault is None:
        return JsonResponse({"message": "Something went wrong on our side"}, status=500)
    return JsonResponse({"message": text}, status=503)


def _refusal(request: HttpRequest) -> str:
    """Return why this caller may not run jobs, or '' when it may."""
    if _is_app_engine_cron(request):
        return ""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        return "neither App Engine's cron nor an identity token"
    if not settings.CRON_SERVICE_ACCOUNT or not settings.CRON_AUDIENCE:
        return "CRON_SERVICE_ACCOUNT and CRON_AUDIENCE (or BASE_URL) are not set"
    return _token_refusal(token.strip())


def _token_refusal(token: str) -> str:
    try:
        _verifier(settings.CRON_SERVICE_ACCOUNT).verify(token, audience=settings.CRON_AUDIENCE)
    except WrongAudience as error:
        # Cloud Scheduler's default is the whole address of the job.
        return (
            f"the token's audience is {error.came!r}, and CRON_AUDIENCE (or BASE_URL) is {error.wanted!r};"
            " set the same audience in the scheduler's job"
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


def _verifier(service_account: str) -> OidcVerifier:
    config = providers.cloud_config()
    key = (service_account, config.endpoint_of("www"))
    with _building:
        if key not in _verifiers:
            _verifiers[key] = OidcVerifier(service_account=service_account, config=config)
        return _verifiers[key]
