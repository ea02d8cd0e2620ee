"""A gunicorn with the product's configuration, of any checkout, and what its workers cost."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60.0
CLOCK_OF_PROCESS = 2  # CPUCLOCK_SCHED of the kernel


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def processor_seconds(process: int) -> float:
    """Return the processor time of another process, in all its threads that are or were."""
    return time.clock_gettime((~process << 3) | CLOCK_OF_PROCESS)


def proportional_size(process: int) -> float:
    """Return the MiB of a process, where shared pages count in equal parts."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("Pss:")).split()[1]) / 1024


@dataclass(frozen=True, slots=True)
class Server:
    """gunicorn and its workers."""

    name: str
    process: subprocess.Popen[bytes]
    port: int

    @property
    def workers(self) -> list[int]:
        master = self.process.pid
        return [
            int(pid) for pid in Path(f"/proc/{master}/task/{master}/children").read_text().split()
        ]

    def spent(self) -> float:
        """Return the processor seconds of all workers."""
        return sum(processor_seconds(worker) for worker in self.workers)

    def memory(self) -> float:
        """Return the MiB of the largest worker."""
        return max(proportional_size(worker) for worker in self.workers)


@contextmanager
def server(
    name: str, checkout: Path, variables: Mapping[str, str], *, is_bare: bool = False
) -> Iterator[Server]:
    """Run gunicorn until the end of the block; it answers when the block begins."""
    started = start(name, checkout, variables, is_bare=is_bare)
    try:
        wait_for(started)
        yield started
    finally:
        started.process.send_signal(signal.SIGTERM)
        started.process.wait()


def start(
    name: str, checkout: Path, variables: Mapping[str, str], *, is_bare: bool = False
) -> Server:
    config, app = (
        ("bench/bare_gunicorn.py", "bench.bare_django")
        if is_bare
        else ("gunicorn.conf.py", "jitaccess.wsgi")
    )
    port = free_port()
    environment = base_environment() | dict(variables)
    environment |= {"PORT": str(port), "BASE_URL": f"http://127.0.0.1:{port}"}
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--config", config, app],
        cwd=checkout,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=None if os.environ.get("SHOW") else subprocess.DEVNULL,
    )
    return Server(name, process, port)


def base_environment() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


def wait_for(server: Server, path: str = "/health/alive") -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            if Person(server.port).get(path)[0] == 200:
                return
        except OSError:
            pass
        if time.monotonic() > deadline or server.process.poll() is not None:
            raise SystemExit(f"{server.name} does not start")
        time.sleep(0.01)


def migrate(checkout: Path, variables: Mapping[str, str]) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"],
        cwd=checkout,
        env=base_environment() | dict(variables),
        check=True,
        stdout=subprocess.DEVNULL,
    )


def product_variables(environment: Mapping[str, str], database: str) -> dict[str, str]:
    """Return the variables of a deployment, without our own rate limits."""
    return dict(environment) | {
        "K_SERVICE": "jitaccess",
        "SECRET_KEY": "only-for-measuring-" + "x" * 40,
        "DATABASE_URL": database,
        "ALLOW_SQLITE": "true",
        "REQUESTS_PER_MINUTE": "100000",
        "READS_PER_MINUTE": "100000",
        "POLICY_WRITES_PER_MINUTE": "0",
        "ASSET_CALLS_PER_MINUTE": "0",
    }


class Person:
    """One client on one kept connection for each thread."""

    def __init__(self, port: int, assertion: str = "") -> None:
        self._port = port
        self._local = threading.local()
        self._headers = {
            "X-Goog-IAP-JWT-Assertion": assertion,
            "X-JITACCESS": "1",
            "Content-Type": "application/json",
        }

    def get(self, path: str) -> tuple[int, bytes]:
        return self._send("GET", path, None)

    def post(self, path: str, body: Any) -> Any:
        status, content = self._send("POST", path, json.dumps(body))
        if status != 200:
            raise SystemExit(f"{path}: {status} {content.decode()[:500]}")
        return json.loads(content)

    def status_of(self, path: str, body: Any) -> int:
        return self._send("POST", path, json.dumps(body))[0]

    def listed(self, path: str) -> Any:
        status, content = self.get(path)
        if status != 200:
            raise SystemExit(f"{path}: {status} {content.decode()[:500]}")
        return json.loads(content)

    def _send(self, method: str, path: str, body: str | None) -> tuple[int, bytes]:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)
            self._local.connection = connection
        connection.request(method, path, body, self._headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
