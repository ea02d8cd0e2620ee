"""What can go wrong at Google, told by what a caller can do about it.

GoogleCloudError
├── Invalid            400  what we asked for makes no sense to Google
├── NotAuthenticated   401  Google does not know who we are
├── Denied             403  our service account may not
├── NotFound           404
├── Conflict           409, 412  somebody else was faster
├── QuotaExceeded      429, or 403 with a rate limit as reason
├── OutcomeUnknown     a write was sent and nobody can say whether it happened
└── Unavailable        5xx, or no connection
    └── TimedOut       504, or no answer in time
"""

from typing import Self


class GoogleCloudError(Exception):
    """A call to Google failed; the text is fit for people and keeps Google's own words."""

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

    @property
    def message(self) -> str:
        return str(self)


class Invalid(GoogleCloudError):
    """Google calls the request wrong, or refuses it as things stand."""


class NotAuthenticated(GoogleCloudError):
    """Google does not accept our credentials."""


class Denied(GoogleCloudError):
    """Our service account lacks a permission, or the resource is hidden from it."""


class NotFound(GoogleCloudError):
    """There is no such thing."""


class Conflict(GoogleCloudError):
    """Somebody else changed it at the same time."""


class QuotaExceeded(GoogleCloudError):
    """Google asks for less haste."""


class OutcomeUnknown(GoogleCloudError):
    """The write was sent; whether it happened could not be found out."""


class Unavailable(GoogleCloudError):
    """Google failed or could not be reached; `sent` is false when nothing left this machine."""

    sent = True

    @classmethod
    def before_sending(cls, message: str, *, reason: str, api: str = "") -> Self:
        """The call never left, so nothing can have happened."""
        error = cls(message, reason=reason, api=api)
        error.sent = False
        return error

    @property
    def is_final(self) -> bool:
        """Whether the call is known to be over: answered, or never sent."""
        return not self.sent or self.status is not None


class TimedOut(Unavailable):
    """Google did not answer in time."""

    @property
    def is_final(self) -> bool:
        return not self.sent


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
    """The error that an HTTP status stands for; a redirect counts as a failure of Google's."""
    if 400 <= status < 500:
        return BY_STATUS.get(status, Invalid)
    return BY_STATUS.get(status, Unavailable)
