"""A PostgreSQL server of a test's own, which it can stop, and which asks for passwords."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

PASSWORD = "right-password"


class PrivatePostgresql:
    """One server, reached through a socket in its folder; the owner of the database is no superuser."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # PostgreSQL refuses to run as root.
        self._owner = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self._owner:
            shutil.chown(folder, "postgres")

    def url(self, *, password: str = PASSWORD, name: str = "jit") -> str:
        return f"postgres://jit:{password}@/{self.folder}/{name}"

    def create(self) -> None:
        data = f"{self.folder}/data"
        self._run("initdb", "-D", data, "-U", "root", "-A", "trust", "-E", "UTF8", "--no-sync")
        rules = "local all root trust\nlocal all all scram-sha-256\n"
        (self.folder / "data" / "pg_hba.conf").write_text(rules)
        self.start()
        self.execute(f"CREATE ROLE jit LOGIN PASSWORD '{PASSWORD}'")
        self.execute("CREATE DATABASE jit OWNER jit")

    def start(self) -> None:
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off -c max_connections=20"
        self._control("start", "-w", "-l", f"{self.folder}/log", "-o", options)

    def stop(self) -> None:
        self._control("stop", "-m", "immediate")

    def execute(self, sql: str) -> None:
        """Run a statement as superuser."""
        with psycopg.connect(
            host=str(self.folder), user="root", dbname="postgres", autocommit=True
        ) as admin:
            admin.execute(sql)

    @contextmanager
    def locked(self, table: str) -> Iterator[None]:
        """Let no session of the application read this table."""
        with psycopg.connect(host=str(self.folder), user="root", dbname="jit") as admin:
            admin.execute(f"LOCK TABLE {table}")
            yield

    def disconnect(self) -> None:
        """End the sessions of the application, and wait until they have ended."""
        ended = "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity"
        self.execute(f"{ended} WHERE usename = 'jit'")

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", "-D", f"{self.folder}/data", *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        path = str(binaries() / program)
        subprocess.run(
            [*self._owner, path, *arguments],
            check=True,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def binaries() -> Path:
    """Return the folder of the server's programs, which Debian keeps out of PATH."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"))


@contextmanager
def private_postgresql() -> Iterator[PrivatePostgresql]:
    """Run a server, and remove it afterwards."""
    with tempfile.TemporaryDirectory(prefix="jit-pg-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        server = PrivatePostgresql(Path(folder))
        server.create()
        try:
            yield server
        finally:
            server.stop()
