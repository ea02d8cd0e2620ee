"""Starts the server as a platform does: with gunicorn and environment variables only."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return these variables, and from our own environment only what programs need to be found."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {"DJANGO_SETTINGS_MODULE": "jitaccess.settings"} | dict(variables)


def run(variables: Mapping[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    """Run Python and wait for it: `run(variables, "manage.py", "migrate")`."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment(variables),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@contextmanager
def serving(
    variables: Mapping[str, str],
    *command: str,
    output: Path | None = None,
) -> Iterator[int]:
    """Start a server, wait until it answers, and yield its port; its log goes to `output`."""
    port = free_port()
    with Path(output or os.devnull).open("wb") as sink:
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *(command or ["jitaccess.wsgi"])],
            cwd=ROOT,
            env=environment(variables) | {"PORT": str(port)},
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(lambda: _answers(server, port), "the server does not start")
        yield port
    finally:
        server.terminate()
        server.wait()


def _answers(server: subprocess.Popen[bytes], port: int) -> bool:
    assert server.poll() is None, "the server has ended"
    return get(port, "/health/alive")[0] == 200


def wait_until(condition: Callable[[], bool], otherwise: str) -> None:
    """Wait until the condition holds, or fail with this text."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.05)


def get(port: int, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
    """Return status and body; status 0 when there is no answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers=dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.read()
    except OSError:
        return 0, b""
    finally:
        connection.close()
