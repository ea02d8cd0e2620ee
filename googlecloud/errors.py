"""Errors of Google's APIs, by what a caller can do about them.

GoogleCloudError
├── Invalid            400  Google does not accept the request
├── NotAuthenticated   401  Google does not accept the credentials
├── Denied             403  the service account lacks a permission
│   └── NotLicensed    403  the customer's edition does not include the method
├── NotFound           404
├── Conflict           409, 412  somebody else changed the resource first
├── QuotaExceeded      429, or 403 with a rate limit as reason
│   └── DailyQuotaExceeded  the same, of an API whose quota may be one per day
├── OutcomeUnknown     a write was sent and its result cannot be determined
└── Unavailable        5xx, or no connection
    └── TimedOut       504, or no answer in time
"""

from typing import Self


class GoogleCloudError(Exception):
    """A call to Google failed. The text is meant for people and includes Google's own words."""

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        reason: str = "",
        api: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.api = api
        self.retry_after = retry_after

    @classmethod
    def like(cls, error: "GoogleCloudError") -> Self:
        """Return an error of this class with the text and the facts of another."""
        return cls(
            error.message,
            status=error.status,
            reason=error.reason,
            api=error.api,
            retry_after=error.retry_after,
        )

    @property
    def message(self) -> str:
        return str(self)


class Invalid(GoogleCloudError):
    """The request is malformed, or Google refuses it in the current state."""


class NotAuthenticated(GoogleCloudError):
    """Google does not accept the application's credentials."""


class Denied(GoogleCloudError):
    """The service account lacks a permission, or the resource is hidden from it."""


class NotLicensed(Denied):
    """The customer's edition of Workspace or Cloud Identity does not include the method."""


class NotFound(GoogleCloudError):
    """The resource does not exist."""


class Conflict(GoogleCloudError):
    """Somebody else changed the resource at the same time."""


class QuotaExceeded(GoogleCloudError):
    """A rate limit or quota of Google is exhausted."""


class DailyQuotaExceeded(QuotaExceeded):
    """A quota is exhausted that may be one per day, so a minute may not be enough to wait."""


class OutcomeUnknown(GoogleCloudError):
    """The write was sent; its result could not be determined."""


class Unavailable(GoogleCloudError):
    """Google failed or could not be reached; `sent` is false when no request left this machine."""

    sent = True

    @classmethod
    def before_sending(cls, message: str, *, reason: str, api: str = "") -> Self:
        """Return an error of this class for a call that was never sent, and so changed nothing."""
        error = cls(message, reason=reason, api=api)
        error.sent = False
        return error

    @property
    def is_final(self) -> bool:
        """Whether the call cannot take effect later: it was answered, or never sent."""
        return not self.sent or self.status is not None


class TimedOut(Unavailable):
    """Google did not answer in time."""

    @property
    def is_final(self) -> bool:
        return not self.sent


# Reasons of a 403 that says that an API is not enabled in the project.
SWITCHED_OFF = frozenset({"SERVICE_DISABLED", "accessNotConfigured"})

BY_STATUS: dict[int, type[GoogleCloudError]] = {
    401: NotAuthenticated,
    403: Denied,
    404: NotFound,
    408: TimedOut,
    409: Conflict,
    410: NotFound,
    412: Conflict,
    429: QuotaExceeded,
    499: Unavailable,
    504: TimedOut,
}


def class_for(status: int) -> type[GoogleCloudError]:
    """Return the error for an HTTP status; a redirect counts as a failure of Google."""
    if 400 <= status < 500:
        return BY_STATUS.get(status, Invalid)
    return BY_STATUS.get(status, Unavailable)
