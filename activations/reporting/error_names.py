"""The names of errors that log filters of the original know, for the label `error`."""

from __future__ import annotations

from activations.domain.refusals import NotAllowed
from activations.domain.rules import Refusal
from eligibility.judgement import NotEligible
from googlecloud import errors as google

# The first match counts, so the special comes before the general.
NAMES: tuple[tuple[type[BaseException], str], ...] = (
    (NotEligible, "AccessDeniedException"),
    (NotAllowed, "AccessDeniedException"),
    (google.Denied, "AccessDeniedException"),
    (google.NotAuthenticated, "NotAuthenticatedException"),
    (google.NotFound, "ResourceNotFoundException"),
    (google.QuotaExceeded, "QuotaExceededException"),
    (google.Conflict, "AlreadyExistsException"),
    (google.TimedOut, "SocketTimeoutException"),
    (google.GoogleCloudError, "IOException"),
    (Refusal, "IllegalArgumentException"),
)


def error_name(error: BaseException) -> str:
    """The original's class name where it has one, else ours."""
    for kind, name in NAMES:
        if isinstance(error, kind):
            return name
    return type(error).__name__
