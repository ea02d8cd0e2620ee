"""Measure the start of the image's contents, up to the first answer of /health/alive.

python -m bench.image_start [times]
"""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.deploy.image import Image
from tests.deploy.server import Server
from tests.ports import free_port

BUDGET = 1.5


def variables(state: Path, port: int) -> dict[str, str]:
    return {
        "PORT": str(port),
        "RESOURCE_SCOPE": "organizations/7",
        "RESOURCE_CUSTOMER_ID": "C0example1",
        "SECRET_KEY": "only-for-measuring-" + "x" * 40,
        "IAP_AUDIENCE": "/projects/1/apps/p",
        "DATABASE_URL": f"sqlite:///{state}/db.sqlite3",
    }


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        root, state = Path(folder), Path(folder) / "state"
        root.chmod(0o755)
        state.mkdir()
        state.chmod(0o777)
        image = Image(root / "image")
        began = time.perf_counter()
        image.build()
        print(
            f"contents: {image.size() / 2**20:.0f} MiB, in place after {time.perf_counter() - began:.0f} s"
        )
        port = free_port()
        image.run(
            "manage.py", "migrate", "--no-input", "--verbosity", "0", **variables(state, port)
        )
        for path in state.iterdir():
            path.chmod(0o666)
        starts = [start_once(image, state) for _ in range(times + 1)][1:]
        for path in [image.folder, *image.folder.rglob("*")]:
            path.chmod(path.stat().st_mode | 0o200)
    seconds, processor = zip(*starts, strict=True)
    print(f"start: median {statistics.median(seconds):.2f} s,", end=" ")
    print(f"worst {max(seconds):.2f} s (budget {BUDGET} s);", end=" ")
    print(f"{statistics.median(processor):.2f} s of CPU")


def start_once(image: Image, state: Path) -> tuple[float, float]:
    """Return the seconds until the first answer, and the CPU seconds of start and stop."""
    port, before = free_port(), used()
    with Server(image.start(**variables(state, port)), port) as server:
        pass
    return server.seconds, used() - before


def used() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


if __name__ == "__main__":
    main()
