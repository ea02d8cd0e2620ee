"""gunicorn's threaded worker, with limits for clients that send or read slowly.

gunicorn has none: each half-sent request would keep a thread forever, and eight of them the whole server.
"""

from __future__ import annotations

import errno
import selectors
import socket
import time
from functools import partial
from typing import Any

from gunicorn.workers.gthread import (  # type: ignore[import-untyped]  # it ships no types
    TConn,
    ThreadWorker,
)

# Without a byte from the client while it sends a request, for the whole request, and for an answer.
PAUSE_SECONDS = 10.0
REQUEST_SECONDS = 30.0
ANSWER_SECONDS = 60.0
# For the first byte of a new connection, which occupies no thread.
FIRST_BYTE_SECONDS = 60.0
_HARMLESS = frozenset({errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK})


class LimitedSocket(socket.socket):
    """A connection whose client must send each request, and take each answer, within a time."""

    def __init__(self, accepted: socket.socket) -> None:
        super().__init__(fileno=accepted.detach())
        self._ends = 0.0

    def begin(self) -> None:
        """Start the time for one request."""
        self._ends = time.monotonic() + REQUEST_SECONDS

    def setblocking(self, flag: bool, /) -> None:  # noqa: FBT001  # as in the standard library
        self.settimeout(ANSWER_SECONDS if flag else 0.0)

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        if self.gettimeout() == 0.0:
            return super().recv(bufsize, flags)
        left = self._ends - time.monotonic()
        if left <= 0:
            raise _too_slow()
        self.settimeout(min(left, PAUSE_SECONDS))
        try:
            return super().recv(bufsize, flags)
        except TimeoutError:
            raise _too_slow() from None
        finally:
            self.settimeout(ANSWER_SECONDS)

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        try:
            super().sendall(data, flags)
        except TimeoutError:
            raise _too_slow() from None

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        try:
            return super().sendfile(file, offset, count)
        except TimeoutError:
            raise _too_slow() from None


def _too_slow() -> ConnectionResetError:
    """Return the error for which gunicorn closes a connection without a line in the log."""
    return ConnectionResetError(errno.ECONNRESET, "The client is too slow")


class LimitedWorker(ThreadWorker):  # type: ignore[misc]
    """Serves a connection when its first bytes have arrived, and ends it when the client is too slow."""

    def accept(self, listener: socket.socket) -> None:
        """Wait for the first byte without a thread; gunicorn's own worker waits five seconds in one."""
        try:
            accepted, address = listener.accept()
        except OSError as error:
            if error.errno not in _HARMLESS:
                raise
            return
        self.nr_conns += 1
        connection = TConn(self.cfg, LimitedSocket(accepted), address, listener.getsockname())
        connection.timeout = time.monotonic() + FIRST_BYTE_SECONDS
        self.pending_conns.append(connection)
        ready = partial(self.on_pending_socket_readable, connection)
        self.poller.register(connection.sock, selectors.EVENT_READ, ready)

    def handle(self, conn: TConn) -> Any:
        conn.sock.begin()
        return super().handle(conn)
