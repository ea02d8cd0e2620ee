"""Measure the time from the start of gunicorn to the first answer of /health/alive.

python bench/cold_start.py [times]
"""

from __future__ import annotations

import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
BUDGET = 1.5
PATIENCE = 30
ENVIRONMENT = {
    "SECRET_KEY": "only-for-measuring-" + "x" * 40,
    "RESOURCE_SCOPE": "organizations/7",
    "RESOURCE_CUSTOMER_ID": "C0example1",
    "IAP_AUDIENCE": "/projects/1/apps/p",
    "DJANGO_SETTINGS_MODULE": "jitaccess.settings",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_alive(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health/alive")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def start_once() -> tuple[float, float]:
    """Return the seconds until the first answer, and the MiB of the largest process."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | ENVIRONMENT
        environment |= {"PORT": str(port), "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3"}
        migrate(environment)
        started = time.perf_counter()
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "jitaccess.wsgi"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            while not is_alive(port):
                if time.perf_counter() - started > PATIENCE or server.poll() is not None:
                    raise SystemExit("gunicorn does not start")
                time.sleep(0.01)
            return time.perf_counter() - started, memory(server.pid)
        finally:
            server.terminate()
            server.wait()


def migrate(environment: dict[str, str]) -> None:
    """Migrate the database, because the server refuses to start on an unfinished one."""
    command = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def memory(master: int) -> float:
    """Return the resident MiB of the largest worker."""
    children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    sizes = [
        int(line.split()[1])
        for child in children
        for line in Path(f"/proc/{child}/status").read_text().splitlines()
        if line.startswith("VmRSS:")
    ]
    return max(sizes, default=0) / 1024


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    start_once()  # fills byte code and disk caches
    seconds, mebibytes = zip(*(start_once() for _ in range(times)), strict=True)
    print(f"cold start: median {statistics.median(seconds):.2f} s,", end=" ")
    print(f"worst {max(seconds):.2f} s (budget {BUDGET} s); {max(mebibytes):.0f} MiB per worker")


if __name__ == "__main__":
    main()
