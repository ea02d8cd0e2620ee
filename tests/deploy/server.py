"""A started server, with the duration of its start."""

from __future__ import annotations

import http.client
import json
import subprocess
import time
from types import TracebackType
from typing import Any

PATIENCE = 30.0


class Server:
    """Waits for a server, and stops it after the block."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self._process = process
        self._port = port
        self.seconds = 0.0
        self.output = ""

    def __enter__(self) -> Server:
        started = time.perf_counter()
        while not self._is_alive():
            if self._process.poll() is not None or time.perf_counter() - started > PATIENCE:
                self._stop()
                raise AssertionError(f"The server does not start:\n{self.output}")
            time.sleep(0.01)
        self.seconds = time.perf_counter() - started
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def get(self, path: str, **headers: str) -> tuple[int, Any]:
        """Return status and JSON of the answer; None for other content."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            is_json = "json" in answer.headers.get("Content-Type", "")
            return answer.status, json.loads(body) if is_json else None
        finally:
            connection.close()

    def _is_alive(self) -> bool:
        try:
            return self.get("/health/alive")[0] == 200
        except OSError:
            return False

    def _stop(self) -> None:
        self._process.terminate()
        try:
            output, _ = self._process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            output, _ = self._process.communicate()
        self.output = output.decode()
