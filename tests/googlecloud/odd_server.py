"""A server that sends exactly the answers that a test gives it."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Said:
    """One answer."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    claimed_length: int | None = None


def saying(document: Any, status: int = 200, headers: dict[str, str] | None = None) -> Said:
    return Said(status, json.dumps(document).encode(), headers or {})


Answerer = Callable[[str, bytes], Said]


@dataclass
class OddServer:
    """Sends the answers in the order given and repeats the last one; always serves tokens."""

    url: str
    host: str
    answers: list[Said | Answerer] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def say(self, *answers: Said | Answerer) -> None:
        with self.lock:
            self.answers[:] = answers
            self.asked.clear()

    def next(self, path: str, body: bytes) -> Said:
        with self.lock:
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer if isinstance(answer, Said) else answer(path, body)


TOKEN = saying({"access_token": "t0ken", "expires_in": 3600}, headers={"Metadata-Flavor": "Google"})
EMAIL = Said(200, b"robot@p.iam.gserviceaccount.com", {"Metadata-Flavor": "Google"})
SOON = "2099-01-01T00:00:00Z"


def machinery(path: str) -> Said | None:
    """Answers the requests for tokens and metadata, so that tests need not list them."""
    if path.startswith("/computeMetadata/"):
        return TOKEN if "token" in path else EMAIL
    if path.endswith(":generateAccessToken"):
        return saying({"accessToken": "other", "expireTime": SOON})
    return None


@contextmanager
def odd_server() -> Iterator[OddServer]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            said = machinery(self.path)
            if said is None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                odd.asked.append((self.command, self.path, headers, body))
                said = odd.next(self.path, body)
            self.send_response(said.status)
            length = len(said.body) if said.claimed_length is None else said.claimed_length
            for name, value in {"Content-Length": str(length), **said.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said.body)
            self.wfile.flush()
            self.close_connection = said.claimed_length is not None

        def do_GET(self) -> None:
            self.answer()

        def do_HEAD(self) -> None:
            self.answer()

        def do_POST(self) -> None:
            self.answer()

        def log_message(self, *args: Any) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    host = f"127.0.0.1:{server.server_port}"
    odd = OddServer(f"http://{host}", host)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield odd
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
