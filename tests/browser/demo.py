"""Starts the demo as people do, on free ports and with separate state."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.ports import free_ports

ROOT = Path(__file__).resolve().parents[2]
READY = "JIT Access is ready"
SECONDS_TO_START = 120


class DemoFailed(Exception):
    """The demo did not start; the message contains its output."""


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo, with access to its policies and logs."""

    address: str
    simulator: str
    output: Path

    def policy(self, project_id: str) -> dict[str, Any]:
        """Return the IAM policy of a project in the simulated cloud."""
        return self._get(f"/simulator/policies/{project_id}")

    def audit_lines(self, event: str) -> list[dict[str, Any]]:
        """Return the log entries of one event, as an operator would find them."""
        entries = [
            json.loads(line) for line in self.output.read_text().splitlines() if line[:1] == "{"
        ]
        return [e for e in entries if e["logging.googleapis.com/labels"]["event"] == event]

    def _get(self, path: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.simulator}{path}", timeout=5) as answer:
            document: dict[str, Any] = json.load(answer)
            return document


@contextmanager
def running_demo(folder: Path, *, with_history: bool = False) -> Iterator[Demo]:
    """Start `./run demo` and stop it; usually with the small company and without a history.

    :raises DemoFailed: when it ends or says nothing in time.
    """
    # The demo receives its mail on the port after the last.
    ports = free_ports(4)[:3]
    options = zip(("--port", "--app-port", "--google-port"), map(str, ports), strict=True)
    command = [str(ROOT / "run"), "demo", "--state", str(folder / "state")]
    command += [] if with_history else ["--history", "none"]
    command += [word for option in options for word in option]
    output = folder / "output.log"
    with output.open("w") as sink:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT
        )
    try:
        wait_until_ready(process, output, folder / "state")
        yield Demo(f"http://localhost:{ports[0]}", f"http://127.0.0.1:{ports[2]}", output)
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_until_ready(process: subprocess.Popen[bytes], output: Path, state: Path) -> None:
    """Wait until the demo serves pages, and its eligibility index is complete, which some pages need."""
    deadline = time.monotonic() + SECONDS_TO_START
    while READY not in output.read_text() or not has_index(state):
        if process.poll() is not None or time.monotonic() > deadline:
            raise DemoFailed(output.read_text())
        time.sleep(0.1)


def has_index(state: Path) -> bool:
    """Return whether the demo's command, or the scheduled job if that came first, completed the index."""
    said, scheduled = (
        log.read_text() if log.exists() else ""
        for log in (state / "refresh.log", state / "simulator.log")
    )
    return "The index is complete" in said or (
        "Another run is in progress" in said and "cron refresh: 200" in scheduled
    )
