"""HTTP as google-api-python-client wants it, on one thread-safe connection pool."""

from collections.abc import Mapping
from typing import Any, Protocol

import urllib3

from googlecloud.config import CloudConfig
from googlecloud.connections import pool_manager

_UNAUTHORIZED = 401


class Bearer(Protocol):
    """Puts a token into headers, and replaces it when Google no longer takes it."""

    def apply(self, headers: dict[str, str]) -> str: ...

    def renew(self, *, refused: str) -> None: ...


class Pool:
    """All our connections; repeats nothing, follows no redirect."""

    def __init__(self, config: CloudConfig) -> None:
        self._connect = config.connect_limit
        self._read = config.read_limit
        self._user_agent = config.user_agent
        self._manager = pool_manager(config.pool_size, self.limits(), config.write_limit)

    def request(
        self,
        method: str,
        url: str,
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: urllib3.Timeout | float | None = None,
    ) -> urllib3.BaseHTTPResponse:
        """One request, one answer of whatever status.

        :raises urllib3.exceptions.HTTPError: when there is no answer.
        """
        answer: urllib3.BaseHTTPResponse = self._manager.request(
            method,
            url,
            body=body,
            headers={**(headers or {}), "user-agent": self._user_agent},
            timeout=self.limits() if timeout is None else timeout,
            retries=False,
            redirect=False,
        )
        return answer

    def limits(self, at_most: float | None = None) -> urllib3.Timeout:
        """The usual time-outs, shortened to `at_most` seconds."""
        if at_most is None:
            return urllib3.Timeout(connect=self._connect, read=self._read)
        left = max(at_most, 0.001)  # urllib3 takes no zero
        return urllib3.Timeout(connect=min(self._connect, left), read=min(self._read, left))


class Response(dict[str, str]):
    """Headers with lower-case names, and the status: an httplib2 response to its readers."""

    def __init__(self, answer: urllib3.BaseHTTPResponse) -> None:
        super().__init__((name.lower(), value) for name, value in answer.headers.items())
        self.status = answer.status
        self.reason = answer.reason or ""


class Http:
    """Speaks httplib2's dialect; safe to share between threads."""

    def __init__(self, pool: Pool, *, at_most: float | None = None) -> None:
        self._pool = pool
        self._at_most = at_most

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        **_ignored: Any,
    ) -> tuple[Response, bytes]:
        """Headers and body of one answer; other options of httplib2 have no meaning here."""
        answer = self._pool.request(
            method, uri, body=body, headers=headers, timeout=self._pool.limits(self._at_most)
        )
        return Response(answer), answer.data

    def within(self, seconds: float) -> "Http":
        """The same, with at most `seconds` for an answer."""
        return Http(self._pool, at_most=seconds)

    def close(self) -> None:
        """Nothing: the pool stays open for others."""


class AuthorizedHttp:
    """Adds a bearer token; when Google refuses it, fetches another once and repeats."""

    def __init__(self, http: Http, bearer: Bearer) -> None:
        self._http = http
        self._bearer = bearer

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        **_ignored: Any,
    ) -> tuple[Response, bytes]:
        """As `Http.request`; repeating is safe for writes too, because 401 means nothing was done."""
        token, answer = self._try(uri, method, body, headers)
        if answer[0].status == _UNAUTHORIZED:
            self._bearer.renew(refused=token)
            _, answer = self._try(uri, method, body, headers)
        return answer

    def within(self, seconds: float) -> "AuthorizedHttp":
        """The same, with at most `seconds` for an answer."""
        return AuthorizedHttp(self._http.within(seconds), self._bearer)

    def close(self) -> None:
        """Nothing: the pool stays open for others."""

    def _try(
        self, uri: str, method: str, body: bytes | str | None, headers: Mapping[str, str] | None
    ) -> tuple[str, tuple[Response, bytes]]:
        with_token = dict(headers or {})
        token = self._bearer.apply(with_token)
        return token, self._http.request(uri, method, body, with_token)
