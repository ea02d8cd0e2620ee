"""Runs the real server in separate processes that a test can kill."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from simulator import Simulator
from tests.browser.demo import ROOT
from tests.ports import free_port

SECONDS_TO_START = 60.0


class DidNotStart(Exception):
    """The server did not start; the message is its output."""


@dataclass(slots=True)
class Server:
    """gunicorn and its workers on one port, in one process group."""

    process: subprocess.Popen[bytes]
    port: int
    output: Path

    @classmethod
    def start(
        cls,
        simulated: Simulator,
        folder: Path,
        *,
        workers: int = 2,
        application: str = "jitaccess.wsgi",
        code: Path = ROOT,
        variables: Mapping[str, str] | None = None,
    ) -> Server:
        """Start the server on the database of this process; call `wait` before using it.

        `code` may be a folder with another version, `variables` are added to those of a deployment.
        """
        port = free_port()
        output = folder / f"server-{port}.log"
        command = [sys.executable, "-m", "gunicorn", application]
        # Loading the application once for all workers halves the start time.
        command += ["--preload", "--bind", f"127.0.0.1:{port}"]
        with output.open("wb") as sink:
            process = subprocess.Popen(
                command,
                cwd=code,
                env=environment(simulated, port=port, workers=workers) | dict(variables or {}),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return cls(process, port, output)

    def wait(self) -> None:
        """Wait until the server answers.

        :raises DidNotStart: when it does not answer in time.
        """
        deadline = time.monotonic() + SECONDS_TO_START
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise DidNotStart(self.output.read_text())
            time.sleep(0.02)

    def kill(self) -> None:
        """Kill master and workers immediately, like a power failure."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=10)
        deadline = time.monotonic() + 10
        while self._group_exists():
            assert time.monotonic() < deadline, "a worker outlives SIGKILL"
            time.sleep(0.005)

    def workers(self) -> list[int]:
        """Return the ids of the processes that answer requests."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(number) for number in children.read_text().split()]

    def _group_exists(self) -> bool:
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/health/alive")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


def environment(simulated: Simulator, *, port: int, workers: int) -> dict[str, str]:
    """Return the variables of a production deployment, without the others of this process."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return (
        kept
        | simulated.environment
        | {
            "K_SERVICE": "jitaccess",
            "SECRET_KEY": settings.SECRET_KEY,
            "DATABASE_URL": database_url(connection.settings_dict),
            "ALLOW_SQLITE": "true",
            "BASE_URL": f"http://127.0.0.1:{port}",
            "WEB_CONCURRENCY": str(workers),
            # Zero switches our own rate limits off.
            "REQUESTS_PER_MINUTE": "100000",
            "POLICY_WRITES_PER_MINUTE": "0",
            "ASSET_CALLS_PER_MINUTE": "0",
        }
    )


def database_url(database: dict[str, Any]) -> str:
    """Return the URL of the database that this process uses."""
    if database["ENGINE"].endswith("sqlite3"):
        return f"sqlite:///{quote(str(database['NAME']))}"
    host = database["HOST"]
    place = f"/{host}" if host.startswith("/") else f"{host}:{database['PORT'] or 5432}/"
    return f"postgres://{database['USER']}@{place}/{database['NAME']}"
