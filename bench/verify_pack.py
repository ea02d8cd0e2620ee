"""Time `verify.py` on a large evidence pack: python bench/verify_pack.py GRANTS [PYTHON…].

Fills a new SQLite database with activations, a request, a grant and four events each, makes an unsigned pack
of them, and lets each interpreter verify it in a process of its own. Prints processor time and the most memory.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
FILL = "import sys; from bench.verify_evidence import fill; fill(int(sys.argv[1]))"
MEASURED = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"{done.stdout.strip()} {done.stderr.strip()}")
print(f"{used.ru_utime + used.ru_stime:.1f} s of processor time, at most {used.ru_maxrss / 1024:.0f} MiB of memory")
"""


def main(count: int, interpreters: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {
            "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "PYTHONPATH": str(HERE),
        }
        run(environment, "manage.py", "migrate", "--no-input", "--verbosity", "0")
        run(environment, "-c", FILL, str(count))
        pack = Path(folder, "pack.zip")
        period = ("--from", "2020-01-01", "--to", "2099-12-31")
        seconds = run(
            environment, "manage.py", "evidence_pack", *period, "--unsigned", "--output", str(pack)
        )
        size = pack.stat().st_size / 2**20
        print(f"{count:,} grants, {4 * count:,} events: {size:.0f} MiB, made in {seconds:.1f} s")
        script = Path(folder, "verify.py")
        subprocess.run(["unzip", "-q", pack, "verify.py", "-d", folder], check=True)
        for interpreter in interpreters:
            print(interpreter, flush=True)
            measured = (sys.executable, "-c", MEASURED)
            subprocess.run([*measured, interpreter, "-I", script, pack], check=True)


def run(environment: dict[str, str], *command: str) -> float:
    """Run Python; return the processor time that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    subprocess.run([sys.executable, *command], env=environment, cwd=HERE, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return min(used, time.monotonic() - started)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:] or [sys.executable])
