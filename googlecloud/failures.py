"""Translates failures of the connection into the errors of this package, without addresses or tokens."""

import ssl

from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from googlecloud.errors import TimedOut, Unavailable


def connection_failure(error: HTTPError, *, api: str) -> Unavailable:
    """Return the error for a failed exchange; it says whether anything was sent."""
    return _never_sent(error, api) or _sent(error, api)


def _never_sent(error: HTTPError, api: str) -> Unavailable | None:
    if isinstance(error, ProxyError):
        return _by_proxy(error, api)
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


def _by_proxy(error: ProxyError, api: str) -> Unavailable:
    """Say what the proxy did; its words (`Tunnel connection failed: 407 …`) contain no address."""
    cause = error.original_error
    if isinstance(cause, OSError) and str(cause).startswith("Tunnel connection failed"):
        words = " ".join(str(cause).split())[:200]
        return Unavailable.before_sending(
            f"The proxy of HTTPS_PROXY refused the connection to Google: {words}",
            reason="PROXY",
            api=api,
        )
    return Unavailable.before_sending(
        "The proxy of HTTPS_PROXY could not be reached", reason="PROXY", api=api
    )


def _sent(error: HTTPError, api: str) -> Unavailable:
    if isinstance(error, ReadTimeoutError):
        return TimedOut("Google did not answer in time", reason="READ_TIMEOUT", api=api)
    if any(isinstance(cause, TimeoutError) for cause in error.args):
        return TimedOut("Google did not take the request in time", reason="WRITE_TIMEOUT", api=api)
    return Unavailable("The connection to Google broke", reason="CONNECTION_LOST", api=api)
