"""A PostgreSQL server with a synchronous standby, reached at one address that moves on failover."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import psycopg

OPTIONS = (
    "-c listen_addresses='' -c fsync=off -c max_connections=60 -c shared_buffers=32MB"
    " -c wal_level=replica -c max_wal_senders=4 -c wal_keep_size=64MB -c wal_retrieve_retry_interval=200ms"
)
NAME = "jit"


class PostgresqlPair:
    """The address is a symbolic link to the folder with the socket of the current server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = folder / "current"
        # PostgreSQL refuses to run as root.
        self._owner = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        folder.chmod(0o755)
        if self._owner:
            shutil.chown(folder, "postgres")
        self._numbers = 1
        self._primary, self._standby = self._place(0), self._place(1)

    @property
    def url(self) -> str:
        return f"postgres://jitaccess@/{self.address}/{NAME}"

    def create(self) -> None:
        self._run("initdb", "-D", f"{self._primary}/data", "-U", "root", "-A", "trust", "--no-sync")
        self._start(self._primary)
        self._point()
        self.execute("CREATE ROLE jitaccess LOGIN")
        self.execute(f"CREATE DATABASE {NAME} OWNER jitaccess")
        self._build_standby()

    def cut(self) -> None:
        """End all sessions of the application."""
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        self.execute(f"{ended} WHERE usename = 'jitaccess'")

    def restart(self) -> None:
        """Kill the server like a power failure, and start it, which recovers from its log."""
        self._control(self._primary, "stop", "-m", "immediate")
        self._start(self._primary)

    def refuse_writes(self) -> None:
        """Let new transactions be read-only for a moment, as a full disk or a switch-over does."""
        self._set("default_transaction_read_only", "on")
        self.execute("SELECT pg_sleep(0.3)")
        self._set("default_transaction_read_only", "off")

    def fail_over(self) -> None:
        """Kill the server, promote its standby under the same address, and build a new standby.

        A database with copied disks, such as Cloud SQL's, loses no commit that others could see. Here the standby
        must be connected for that: after a restart, the server shows commits that it had not yet sent.
        """
        self._wait_for_standby()
        self._control(self._primary, "stop", "-m", "immediate")
        self._control(self._standby, "promote", "-w")
        shutil.rmtree(self._primary)
        self._numbers += 1
        self._primary, self._standby = self._standby, self._place(self._numbers)
        self._point()
        # The one that commits waited for is now itself the server.
        self._set("synchronous_standby_names", "")
        self._build_standby()

    def _wait_for_standby(self) -> None:
        sent = "SELECT 1 FROM pg_stat_replication WHERE flush_lsn >= %s"
        with self._admin() as admin:
            (position,) = admin.execute("SELECT pg_current_wal_flush_lsn()").fetchone()
            while admin.execute(sent, [position]).fetchone() is None:
                time.sleep(0.05)

    def stop(self) -> None:
        for place in (self._standby, self._primary):
            if (place / "data" / "postmaster.pid").exists():
                self._control(place, "stop", "-m", "immediate")

    def execute(self, sql: str) -> None:
        """Run a statement as superuser."""
        with self._admin() as admin:
            admin.execute("SET default_transaction_read_only = off")
            admin.execute(sql)

    def _admin(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.address), user="root", dbname="postgres", autocommit=True
        )

    def _build_standby(self) -> None:
        """Copy the server; from then on, commits wait for the copy."""
        options = ("-D", f"{self._standby}/data", "-h", str(self._primary), "-U", "root", "-R")
        self._run("pg_basebackup", *options, "-c", "fast", "--no-sync", "-X", "stream")
        self._start(self._standby)
        self._set("synchronous_standby_names", "*")

    def _set(self, name: str, value: str) -> None:
        self.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        self.execute("SELECT pg_reload_conf()")

    def _place(self, number: int) -> Path:
        place = self.folder / f"server{number}"
        place.mkdir()
        if self._owner:
            shutil.chown(place, "postgres")
        return place

    def _point(self) -> None:
        fresh = self.folder / "fresh"
        fresh.symlink_to(self._primary)
        fresh.replace(self.address)

    def _start(self, place: Path) -> None:
        self._control(place, "start", "-w", "-l", f"{place}/log", "-o", f"-k {place} {OPTIONS}")

    def _control(self, place: Path, *arguments: str) -> None:
        self._run("pg_ctl", "-D", f"{place}/data", *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        found = shutil.which(program)
        path = Path(found) if found else max(Path("/usr/lib/postgresql").glob("*/bin")) / program
        subprocess.run(
            [*self._owner, str(path), *arguments],
            check=True,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
