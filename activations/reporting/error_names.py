"""The values of the label `error`, which are the original's Java class names for its log filters."""

from __future__ import annotations

from activations.domain.refusals import NotAllowed
from activations.domain.rules import Refusal
from eligibility.judgement import NotEligible
from googlecloud import errors as google

# The first match wins, so subclasses come first.
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
    """Return the original's class name of the error, or the Python class name if there is none."""
    for kind, name in NAMES:
        if isinstance(error, kind):
            return name
    return type(error).__name__
