"""One table that maps exceptions to the answers that people and programs get."""

from __future__ import annotations

import logging
import math
import sys
import uuid
from dataclasses import dataclass, replace

from django.conf import settings
from django.core.exceptions import (
    BadRequest,
    DisallowedHost,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
)
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin

from activations.database_faults import Fault, fault_of, log_fault
from activations.domain.caller import current_trace
from activations.domain.refusals import (
    Moved,
    NotAllowed,
    NotAvailable,
    OutcomeNotStored,
    OutcomePending,
    Stopped,
)
from activations.domain.rules import Refusal
from activations.exports.snapshot import HistoryMoved
from activations.iam.quotas import TooManyRequests
from activations.pages.context import Frame
from activations.pages.explain_links import why_url
from activations.services.scheduling import AlreadyScheduled
from eligibility.entitlements import InvalidProjectRoleId
from eligibility.judgement import NotEligible
from googlecloud import errors as google
from policies.rules.facts import FactsMissing
from policies.services.active import UnusablePolicy

logger = logging.getLogger("jitaccess.errors")


class NoAudience(Exception):
    """The audience of IAP's assertions is not known, so every request is rejected."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: what happened, then what to do."""

    status: int
    message: str
    advice: str = ""
    retry_after: float | None = None
    request_id: uuid.UUID | None = None
    why_url: str = ""


TITLES = {
    400: "The request cannot be processed",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Something changed in the meantime",
    413: "Too large",
    429: "Too many requests",
    502: "Google Cloud did not answer as expected",
    503: "Not available right now",
    504: "Google Cloud took too long",
}

TRY_LATER = "Try again in a few minutes. If this page stays, tell your administrator."
NOT_KNOWN = "It is not known whether your change was saved."
LOOK_FIRST = "Look under Activity before you repeat it, in a few minutes."
DATABASE_RETRY_SECONDS = 15
TRY_AGAIN = "Nothing was changed. Try again in a moment."
SET_BASE_URL = (
    "Tell your administrator to set BASE_URL to the https address of this page. Without it, the"
    " application cannot know that a proxy in front of it terminates TLS."
)
OTHER_HOST = "JIT Access does not serve this address"
ASK = "If you think you should have access, ask your administrator."

# The first match counts, so specific exceptions come before general ones.
TABLE: tuple[tuple[type[Exception], int, str], ...] = (
    (OutcomeNotStored, 503, "Do not send it again. Open the request later to see the result."),
    (OutcomePending, 504, "Open the request to see the result; do not send it again."),
    (TooManyRequests, 429, "Wait a moment, then try again."),
    (AlreadyScheduled, 409, "Withdraw the scheduled request first."),
    (Refusal, 400, "Go back and change what you entered."),
    (InvalidProjectRoleId, 400, "Reload the list of roles and choose again."),
    (NotEligible, 403, ASK),
    (Stopped, 403, ""),
    (NotAllowed, 403, ASK),
    (FactsMissing, 503, TRY_AGAIN),
    (UnusablePolicy, 503, "Your administrator has to activate another access policy."),
    (HistoryMoved, 409, "Nothing was exported. Export it again."),
    (Moved, 409, "Reload the page to see the current state."),
    (NotAvailable, 404, "Check the link. It may belong to another person."),
    (google.Denied, 403, "Your administrator has to give the application access."),
    (google.NotFound, 404, "Check the name. The project may have been deleted."),
    (google.Conflict, 409, TRY_AGAIN),
    (google.DailyQuotaExceeded, 429, "Nothing was changed. Try again later."),
    (google.QuotaExceeded, 429, "Wait a minute, then try again."),
    (google.Invalid, 400, "Google refused the request. The application's log has the details."),
    (google.NotAuthenticated, 502, TRY_AGAIN),
    (google.TimedOut, 504, TRY_AGAIN),
    (google.Unavailable, 503, TRY_AGAIN),
    (google.GoogleCloudError, 502, TRY_AGAIN),
    (NoAudience, 503, "The application is not configured completely. Contact your administrator."),
    (RequestDataTooBig, 413, "Shorten the text."),
    (UnreadablePostError, 400, "It did not arrive completely. Send it again."),
    (TooManyFieldsSent, 400, "Select fewer roles."),
    (BadRequest, 400, "Go back and try again."),
    (SuspiciousOperation, 400, "Go back and try again."),
    (PermissionDenied, 403, ASK),
    (Http404, 404, "This address does not lead to a page. Check it, or start from My access."),
)


class ErrorPagesMiddleware(MiddlewareMixin):
    """Answers exceptions of views from the table; all others become a 500 and are logged in full."""

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse:
        return answer_for(request, error)


def answer_for(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the answer to an exception. Django calls this too, with this name of the argument."""
    if fault := fault_of(exception):
        return _database_failed(request, exception, fault)
    for kind, status, advice in TABLE:
        if isinstance(exception, kind):
            email = getattr(getattr(request, "user", None), "email", "")
            found = _answer(request, exception, status, advice)
            return answer(request, replace(found, why_url=why_url(exception, reader=email)))
    logger.error("Unexpected error", exc_info=exception, extra={"event": "http.error"})
    return answer(request, Answer(500, "Something went wrong on our side", TRY_AGAIN))


def _database_failed(request: HttpRequest, error: Exception, fault: Fault) -> HttpResponse:
    """Answer an outage of the database, which is no bug of ours."""
    log_fault(fault.value, error)
    is_safe = request.method in {"GET", "HEAD"}
    return answer(
        request,
        Answer(
            status=503,
            message=fault.value if is_safe else f"{fault.value}. {NOT_KNOWN}",
            advice=TRY_LATER if is_safe else LOOK_FIRST,
            retry_after=None if fault.is_definite else DATABASE_RETRY_SECONDS,
        ),
    )


def _answer(request: HttpRequest, error: Exception, status: int, advice: str) -> Answer:
    if isinstance(error, OutcomeNotStored):
        log_fault(str(error), error.__cause__ or error)
    elif isinstance(error, google.Unavailable) and error.status in {502, 503, 504}:
        status = error.status
    if (status >= 500 or status == 403) and not isinstance(error, OutcomeNotStored):
        logger.warning("%s: %s", type(error).__name__, error, extra={"event": "http.refused"})
    if isinstance(error, SuspiciousOperation):
        logger.warning("%s", _suspicion(request, error), extra={"event": "http.refused"})
    if isinstance(error, DisallowedHost) and settings.BASE_URL:
        return Answer(status, OTHER_HOST, f"Open {settings.BASE_URL} instead.")
    return Answer(
        status=status,
        message=_message(error, status),
        advice=advice,
        retry_after=_retry_after(error),
        request_id=error.request_id if isinstance(error, OutcomePending) else None,
    )


def _suspicion(request: HttpRequest, error: SuspiciousOperation) -> str:
    if isinstance(error, DisallowedHost):
        came = request.META.get("HTTP_HOST", "")
        return (
            f"The request came for the host {came[:300]!r}, and BASE_URL is {settings.BASE_URL!r}."
            " If people open that host, set BASE_URL to it."
        )
    return f"{type(error).__name__}: {error}"


# Django's texts describe its internals.
DJANGO = (PermissionDenied, Http404, SuspiciousOperation, BadRequest, UnreadablePostError)


def _message(error: Exception, status: int) -> str:
    if isinstance(error, DJANGO):
        return TITLES.get(status, TITLES[400])
    return str(error) or TITLES.get(status, TITLES[400])


def _retry_after(error: Exception) -> float | None:
    if isinstance(error, google.QuotaExceeded | TooManyRequests):
        return error.retry_after or 60
    return None


def answer(request: HttpRequest, what: Answer) -> HttpResponse:
    """Return JSON to programs and a page to people."""
    response = _json(what) if request.path.startswith("/api/") else _page(request, what)
    if what.retry_after:
        # Whole seconds, and at least one: our own rate limits allow the next call within a fraction of a second.
        response["Retry-After"] = str(max(1, math.ceil(what.retry_after)))
    return response


def _json(what: Answer) -> HttpResponse:
    body: dict[str, str] = {"message": what.message}
    if what.request_id:
        body["requestId"] = str(what.request_id)
    if what.status >= 500 or what.status == 403:
        body["trace"] = current_trace.get()
    return JsonResponse(body, status=what.status)


# The same address would give the same answer.
LASTING = frozenset({400, 404, 405, 413})


def _page(request: HttpRequest, what: Answer) -> HttpResponse:
    context = {
        "status": what.status,
        "offers_again": request.method == "GET" and what.status not in LASTING,
        "title": TITLES.get(what.status, "Something went wrong"),
        "message": what.message,
        "advice": what.advice,
        "trace": current_trace.get(),
        "request_id": what.request_id,
        "why_url": what.why_url,
    }
    if what.status >= 500:
        # What failed may be needed for the menu.
        context["frame"] = Frame(request, is_plain=True)
    return render(request, "error.html", context, status=what.status)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer an exception of a middleware. Django calls this; its own log line is disabled."""
    error = sys.exc_info()[1]
    return answer_for(request, error if isinstance(error, Exception) else RuntimeError("unknown"))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without a valid CSRF token: it is from another site, or its cookie is gone."""
    logger.warning("CSRF check failed: %s", reason, extra={"event": "http.refused"})
    if _hides_tls(request):
        return answer(request, Answer(403, "This form was refused", SET_BASE_URL))
    return answer(
        request,
        Answer(403, "This form is out of date", "Go back, reload the page and send it again."),
    )


def _hides_tls(request: HttpRequest) -> bool:
    """Return whether the form is our own, and no header says that a proxy terminates TLS in front of us."""
    own = f"https://{request.get_host()}"
    return not (settings.BASE_URL or request.is_secure()) and request.headers.get("Origin") == own
