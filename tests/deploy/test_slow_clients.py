"""Clients that send or read slowly lose their connection, and others are served meanwhile."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.architecture.repository import ROOT
from tests.jitaccess.served import get, serving

# gunicorn alone, with the project's worker and shorter times.
CONFIGURATION = """
import runpy
from jitaccess import http_worker

globals().update(runpy.run_path({path!r}))
http_worker.PAUSE_SECONDS, http_worker.REQUEST_SECONDS, http_worker.ANSWER_SECONDS = 0.6, 1.5, 1.0
logconfig_dict, post_worker_init, worker_exit = {{}}, (lambda worker: None), (lambda server, worker: None)
"""
APPLICATION = """
def application(environ, start_response):
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"x" * 50_000_000] if environ["PATH_INFO"] == "/large" else [b"read %d" % len(body)]
"""
THREADS = 8


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("slow") / "log"


@pytest.fixture(scope="module")
def port(log: Path) -> Iterator[int]:
    configuration = log.parent / "limits.py"
    configuration.write_text(CONFIGURATION.format(path=str(ROOT / "gunicorn.conf.py")))
    (log.parent / "small_application.py").write_text(APPLICATION)
    variables = {"PYTHONPATH": f"{ROOT}:{log.parent}"}
    command = ("small_application:application", "-c", str(configuration))
    with serving(variables, *command, output=log) as running:
        yield running


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=5)


def received_until(connection: socket.socket, end: bytes) -> bytes:
    """Return what arrives until the text does; an answer may come in several parts."""
    received = b""
    while end not in received and (part := connection.recv(4096)):
        received += part
    return received


def ends_within(connection: socket.socket, seconds: float) -> bool:
    connection.settimeout(seconds)
    try:
        while connection.recv(4096):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        pass
    return True


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Half: ",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf of it",
    ],
    ids=["half of the headers", "half of the body"],
)
def test_half_sent_requests_do_not_stop_the_server(port: int, sent: bytes) -> None:
    with ExitStack() as stack:
        half = [stack.enter_context(connect(port)) for _ in range(2 * THREADS)]
        for connection in half:
            connection.sendall(sent)
        started = time.monotonic()
        assert get(port, "/")[0] == 200
        assert time.monotonic() - started < 4
        assert all(ends_within(connection, 4) for connection in half)


def test_connections_without_a_byte_occupy_no_thread(port: int) -> None:
    with ExitStack() as stack:
        for _ in range(3 * THREADS):
            stack.enter_context(connect(port))
        started = time.monotonic()
        assert get(port, "/")[0] == 200
        assert time.monotonic() - started < 1


def test_a_request_that_drips_has_a_time_for_the_whole_of_it(port: int) -> None:
    with connect(port) as connection:
        started = time.monotonic()
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        while time.monotonic() - started < 5:
            try:
                connection.sendall(b"X: y\r\n")
            except ConnectionError:
                break
            if ends_within(connection, 0.3):
                break
        assert time.monotonic() - started < 3


def test_a_client_that_does_not_read_loses_its_connection(port: int) -> None:
    with ExitStack() as stack:
        for _ in range(THREADS):
            connection = stack.enter_context(connect(port))
            connection.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        started = time.monotonic()
        assert get(port, "/")[0] == 200
        assert time.monotonic() - started < 4


def test_a_kept_connection_has_the_time_again_for_each_request(port: int) -> None:
    with connect(port) as connection:
        for _ in range(3):
            connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab")
            assert b"read 2" in received_until(connection, b"read 2")
            time.sleep(0.8)


def test_slow_clients_leave_no_traceback_in_the_log(port: int, log: Path) -> None:
    with connect(port) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Half: ")
        assert ends_within(connection, 4)
    assert "Traceback" not in log.read_text()
