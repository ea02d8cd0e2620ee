"""An HTTP server on loopback that closes all connections when it stops."""

import contextlib
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

STOP_WITHIN = 5.0


class Server(ThreadingHTTPServer):
    """Threads per connection, keep-alive, all connections closed on stop."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, handler: type[BaseHTTPRequestHandler], port: int = 0) -> None:
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.stopping = threading.Event()
        super().__init__(("127.0.0.1", port), handler)
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self.shutdown()
        self._thread.join()
        self.server_close()
        deadline = time.monotonic() + STOP_WITHIN
        while self._hang_up() and time.monotonic() < deadline:
            time.sleep(0.002)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection, and track it while it is open."""
        with self._lock:
            self._open.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                self._open.discard(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log nothing about callers that closed the connection."""
        went_away = isinstance(sys.exception(), ConnectionError)
        if not (went_away or self.stopping.is_set()):
            super().handle_error(request, client_address)

    def _hang_up(self) -> int:
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        return len(connections)
