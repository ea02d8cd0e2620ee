"""Translates failures of the connection into the errors of this package, without addresses or tokens."""

import ssl

from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
    SSLError,
)

from googlecloud.errors import TimedOut, Unavailable


def connection_failure(error: HTTPError, *, api: str) -> Unavailable:
    """Return the error for a failed exchange; it says whether anything was sent."""
    return _never_sent(error, api) or _sent(error, api)


def _never_sent(error: HTTPError, api: str) -> Unavailable | None:
    if isinstance(error, NameResolutionError):
        return Unavailable.before_sending("Google's name was not found", reason="DNS", api=api)
    # urllib3 derives this from its time-out error, although it can occur immediately.
    if isinstance(error, NewConnectionError):
        return Unavailable.before_sending(
            "Google could not be reached", reason="CONNECTION_FAILED", api=api
        )
    if isinstance(error, ConnectTimeoutError):
        return TimedOut.before_sending(
            "Google could not be reached in time", reason="CONNECT_TIMEOUT", api=api
        )
    if isinstance(error, SSLError) and isinstance(error.args[0], ssl.SSLCertVerificationError):
        return Unavailable.before_sending(
            "Google's certificate was not accepted", reason="CERTIFICATE", api=api
        )
    return None


def _sent(error: HTTPError, api: str) -> Unavailable:
    if isinstance(error, ReadTimeoutError):
        return TimedOut("Google did not answer in time", reason="READ_TIMEOUT", api=api)
    if any(isinstance(cause, TimeoutError) for cause in error.args):
        return TimedOut("Google did not take the request in time", reason="WRITE_TIMEOUT", api=api)
    return Unavailable("The connection to Google broke", reason="CONNECTION_LOST", api=api)
