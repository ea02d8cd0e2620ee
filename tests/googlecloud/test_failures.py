"""A failed connection keeps its name, and says whether anything was sent."""

import ssl

import pytest
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    SSLError,
)

from googlecloud.errors import TimedOut, Unavailable
from googlecloud.failures import connection_failure

ANY = None


@pytest.mark.parametrize(
    ("error", "kind", "sent", "reason"),
    [
        (NameResolutionError("host", ANY, ANY), Unavailable, False, "DNS"),  # type: ignore[arg-type]  # not looked at
        (NewConnectionError(ANY, "x"), Unavailable, False, "CONNECTION_FAILED"),  # type: ignore[arg-type]  # not looked at
        (ConnectTimeoutError(ANY, "x"), TimedOut, False, "CONNECT_TIMEOUT"),
        (SSLError(ssl.SSLCertVerificationError("x")), Unavailable, False, "CERTIFICATE"),
        (SSLError(ssl.SSLError("read")), Unavailable, True, "CONNECTION_LOST"),
        (ReadTimeoutError(ANY, "url", "x"), TimedOut, True, "READ_TIMEOUT"),  # type: ignore[arg-type]  # not looked at
        (ProtocolError("aborted", TimeoutError()), TimedOut, True, "WRITE_TIMEOUT"),
        (ProtocolError("aborted", ConnectionResetError()), Unavailable, True, "CONNECTION_LOST"),
    ],
)
def test_each_failure(error: HTTPError, kind: type[Unavailable], sent: bool, reason: str) -> None:
    failure = connection_failure(error, api="some.api")
    assert type(failure) is kind
    assert (failure.sent, failure.reason, failure.api) == (sent, reason, "some.api")


def test_a_call_is_final_when_answered_or_never_sent() -> None:
    assert Unavailable("x", status=503).is_final
    assert not Unavailable("x").is_final
    assert not TimedOut("x", status=504).is_final
    assert TimedOut.before_sending("x", reason="y").is_final
