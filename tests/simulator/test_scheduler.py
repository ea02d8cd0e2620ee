"""The simulated Cloud Scheduler calls each job with a token that the application can verify."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from simulator import Simulator
from simulator.scheduler import JOBS, SERVICE_ACCOUNT, Scheduler

AUDIENCE = "http://localhost:8080"


class Application(ThreadingHTTPServer):
    """Answers every call, and keeps what came."""

    def __init__(self) -> None:
        self.came: list[tuple[str, str, str]] = []
        self.has_all = threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    server: Application

    def do_POST(self) -> None:
        token = self.headers["Authorization"].partition(" ")[2]
        self.server.came.append(("POST", self.path, token))
        self.send_response(200)
        self.end_headers()
        if len(self.server.came) >= len(JOBS):
            self.server.has_all.set()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def application() -> Iterator[Application]:
    with Application() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_all_jobs_are_called_as_soon_as_the_application_answers(application: Application) -> None:
    from certification.jobs import JOBS as OURS
    from googlecloud.config import CloudConfig
    from googlecloud.oidc import OidcVerifier

    url = f"http://127.0.0.1:{application.server_port}"
    with Simulator() as simulated, Scheduler(simulated, url, audience=AUDIENCE):
        assert application.has_all.wait(timeout=20)
        config = CloudConfig(endpoint=simulated.url)
        verifier = OidcVerifier(service_account=SERVICE_ACCOUNT, config=config)
        for _, _, token in application.came:
            verifier.verify(token, audience=AUDIENCE)
    assert {path for _, path, _ in application.came} == {f"/cron/{name}" for name in OURS}


def test_an_application_that_is_not_up_yet_is_called_again() -> None:
    with Simulator() as simulated:
        scheduler = Scheduler(simulated, "http://127.0.0.1:9", audience=AUDIENCE)
        assert scheduler.call("deliver") is False
