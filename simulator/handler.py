"""The connection handling of both servers: reads a request, writes an answer."""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from typing import Any

from simulator.exchange import Answer, Request


class Handler(BaseHTTPRequestHandler):
    """Keep-alive, without log output, for any method."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body are sent in one write
    begun = False  # whether an answer has been started

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self.exchange
        raise AttributeError(name)

    def exchange(self) -> None:
        """Answer one request."""
        raise NotImplementedError

    def log_message(self, *args: Any) -> None:
        """Log nothing: the calls are recorded."""

    def read_head(self) -> Request:
        """Return the request without its body."""
        self.begun = False
        headers = {name.lower(): value for name, value in self.headers.items()}
        if cookies := self.headers.get_all("Cookie"):
            headers["cookie"] = "; ".join(cookies)
        return Request(self.command, self.path, headers)

    def read_request(self) -> Request:
        """Return the whole request."""
        head = self.read_head()
        body = self.rfile.read(head.body_length) if head.body_length else b""
        return replace(head, body=body)

    def send(self, answer: Answer) -> None:
        """Send an answer; ignore callers that closed the connection."""
        with contextlib.suppress(ConnectionError):
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)
            self.wfile.flush()
