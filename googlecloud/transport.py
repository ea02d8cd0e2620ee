"""The HTTP interface that google-api-python-client expects, on one thread-safe connection pool."""

import socket
from collections.abc import Mapping
from typing import Any, Protocol

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from googlecloud.addresses import is_direct, proxy_login
from googlecloud.config import CloudConfig

_KEEP_ALIVE = [
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *(
        # Networks drop idle connections silently: keep-alive detects this before a call hangs on one.
        (socket.IPPROTO_TCP, getattr(socket, name), seconds)
        for name, seconds in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
        if hasattr(socket, name)
    ),
]


def pool_manager(
    size: int, timeout: urllib3.Timeout, write_limit: float | None, *, proxy: str = ""
) -> Any:
    """Create a pool that keeps up to `size` connections to each host, in tunnels of `proxy` if given."""

    class Plain(HTTPConnection):
        def request(self, *args: Any, **kwargs: Any) -> None:
            limit_sending(self, write_limit)
            super().request(*args, **kwargs)

    class Secure(HTTPSConnection):
        def request(self, *args: Any, **kwargs: Any) -> None:
            limit_sending(self, write_limit)
            super().request(*args, **kwargs)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    options: dict[str, Any] = {
        "num_pools": 16,
        "maxsize": size,
        "timeout": timeout,
        "socket_options": [*HTTPConnection.default_socket_options, *_KEEP_ALIVE],
    }
    manager = (
        urllib3.ProxyManager(proxy, proxy_headers=_proxy_headers(proxy), **options)
        if proxy
        else urllib3.PoolManager(**options)
    )
    manager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
    return manager


def _proxy_headers(proxy: str) -> dict[str, str]:
    login = proxy_login(proxy)
    return urllib3.make_headers(proxy_basic_auth=login) if login else {}


def limit_sending(connection: HTTPConnection, write_limit: float | None) -> None:
    """Apply the connect limit while connecting, and `write_limit` while sending.

    urllib3 sets the read limit itself once the request is sent.
    """
    if connection.sock is None:
        connection.connect()
    connection.timeout = write_limit


_UNAUTHORIZED = 401


class Bearer(Protocol):
    """Adds a token to headers, and replaces it when Google no longer accepts it."""

    def apply(self, headers: dict[str, str]) -> str: ...

    def renew(self, *, refused: str) -> None: ...


class Pool:
    """The connection pool for all calls; never retries and follows no redirect."""

    def __init__(self, config: CloudConfig) -> None:
        self._connect = config.connect_limit
        self._read = config.read_limit
        self._user_agent = config.user_agent
        self._no_proxy = config.no_proxy
        options = (config.pool_size, self.limits(), config.write_limit)
        self._direct = pool_manager(*options)
        self._proxied = pool_manager(*options, proxy=config.proxy) if config.proxy else self._direct

    def request(
        self,
        method: str,
        url: str,
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: urllib3.Timeout | float | None = None,
    ) -> urllib3.BaseHTTPResponse:
        """Send one request and return the answer, whatever its status.

        :raises urllib3.exceptions.HTTPError: when there is no answer.
        """
        has_proxy = self._proxied is not self._direct
        manager = (
            self._proxied if has_proxy and not is_direct(url, self._no_proxy) else self._direct
        )
        answer: urllib3.BaseHTTPResponse = manager.request(
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
        """Return the configured time-outs, shortened to at most `at_most` seconds."""
        if at_most is None:
            return urllib3.Timeout(connect=self._connect, read=self._read)
        left = max(at_most, 0.001)  # urllib3 rejects zero
        return urllib3.Timeout(connect=min(self._connect, left), read=min(self._read, left))


class Response(dict[str, str]):
    """Lower-case headers and the status, in the form of an httplib2 response."""

    def __init__(self, answer: urllib3.BaseHTTPResponse) -> None:
        super().__init__((name.lower(), value) for name, value in answer.headers.items())
        self.status = answer.status
        self.reason = answer.reason or ""


class Http:
    """Implements httplib2's interface; safe to share between threads."""

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
        """Return headers and body of one answer; httplib2's other options have no effect."""
        answer = self._pool.request(
            method, uri, body=body, headers=headers, timeout=self._pool.limits(self._at_most)
        )
        return Response(answer), answer.data

    def within(self, seconds: float) -> "Http":
        """Return the same transport, with at most `seconds` for an answer."""
        return Http(self._pool, at_most=seconds)

    def close(self) -> None:
        """Do nothing: other callers share the pool."""


class AuthorizedHttp:
    """Adds a bearer token. When Google refuses it, fetches another and repeats the request once."""

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
        """As `Http.request`. Repeating is safe for writes too, because 401 means that nothing was done."""
        token, answer = self._try(uri, method, body, headers)
        if answer[0].status == _UNAUTHORIZED:
            self._bearer.renew(refused=token)
            _, answer = self._try(uri, method, body, headers)
        return answer

    def within(self, seconds: float) -> "AuthorizedHttp":
        """Return the same transport, with at most `seconds` for an answer."""
        return AuthorizedHttp(self._http.within(seconds), self._bearer)

    def close(self) -> None:
        """Do nothing: other callers share the pool."""

    def _try(
        self, uri: str, method: str, body: bytes | str | None, headers: Mapping[str, str] | None
    ) -> tuple[str, tuple[Response, bytes]]:
        with_token = dict(headers or {})
        token = self._bearer.apply(with_token)
        return token, self._http.request(uri, method, body, with_token)
