"""The connection pool: keep-alive, thread-safe, with a time limit for sending as well."""

import socket
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_KEEP_ALIVE = [
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *(
        # Networks drop idle connections silently: keep-alive detects this before a call hangs on one.
        (socket.IPPROTO_TCP, getattr(socket, name), seconds)
        for name, seconds in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
        if hasattr(socket, name)
    ),
]


def pool_manager(size: int, timeout: urllib3.Timeout, write_limit: float | None) -> Any:
    """Create a pool that keeps up to `size` connections to each host."""

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

    manager = urllib3.PoolManager(
        num_pools=16,
        maxsize=size,
        timeout=timeout,
        socket_options=[*HTTPConnection.default_socket_options, *_KEEP_ALIVE],
    )
    manager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
    return manager


def limit_sending(connection: HTTPConnection, write_limit: float | None) -> None:
    """Apply the connect limit while connecting, and `write_limit` while sending.

    urllib3 sets the read limit itself once the request is sent.
    """
    if connection.sock is None:
        connection.connect()
    connection.timeout = write_limit
