"""Sends raw HTTP that ordinary clients do not send."""

from __future__ import annotations

import http.client
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

ASSERTION = "X-Goog-IAP-JWT-Assertion"


class Wire:
    """One persistent connection."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(
            "127.0.0.1", urlsplit(url).port or 80, timeout=30
        )

    def get(self, path: str, headers: Iterable[tuple[str, bytes]]) -> tuple[int, bytes]:
        """Send exactly these headers in this order, and return status and body."""
        self._connection.putrequest("GET", path, skip_accept_encoding=True)
        self._connection.putheader("X-JITACCESS", "1")
        for name, value in headers:
            self._connection.putheader(name, value)
        self._connection.endheaders()
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def close(self) -> None:
        self._connection.close()


@contextmanager
def wire(url: str) -> Iterator[Wire]:
    """Open a connection to the server at `url`."""
    opened = Wire(url)
    try:
        yield opened
    finally:
        opened.close()
