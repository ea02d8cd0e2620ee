"""Servers of one or two versions on one database, whose processes can be killed, frozen and given wrong clocks."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from simulator import Simulator
from simulator.scheduler import SERVICE_ACCOUNT
from tests.browser.demo import ROOT
from tests.ledger.server import Server
from tests.ledger.workload import Answers

AUDIENCE = "https://jit.example.com"
# Two processes then differ by no more than JIT Access allows.
MOST_SHIFT = 15.0
FROZEN = (0.2, 1.2)


@dataclass(slots=True)
class Version:
    """A version of the application: where its code is, and what its servers answered."""

    name: str
    code: Path = ROOT
    answers: Answers = field(default_factory=Answers)

    @property
    def errors(self) -> list[str]:
        """Return the answers that are wrong; 0.1.0 is known to answer 500 when its database is lost."""
        return self.answers.errors if self.code == ROOT else []


@dataclass(slots=True)
class Member:
    """A server and its version."""

    server: Server
    version: Version


class Fleet:
    """Servers, each with two processes."""

    def __init__(self, simulated: Simulator, folder: Path, *, dice: random.Random) -> None:
        self._simulated, self._folder, self._dice = simulated, folder, dice
        self._shifts = folder / "shifts"
        self.members: list[Member] = []
        self.right_clocks()

    def close(self) -> None:
        """Kill all servers."""
        for member in self.members:
            member.server.kill()

    def add(self, version: Version) -> None:
        """Start a server of this version, and wait until it answers."""
        self.members.append(Member(self._start(version), version))
        self.members[-1].server.wait()

    def retire(self, version: Version) -> None:
        """Kill the servers of this version."""
        for member in [one for one in self.members if one.version is version]:
            member.server.kill()
            self.members.remove(member)

    def ports(self) -> dict[int, Answers]:
        """Return where people find a server, with the place for its answers."""
        return {member.server.port: member.version.answers for member in self.members}

    def kill_a_process(self) -> None:
        self._signal(self._some(), signal.SIGKILL)

    def kill_all_processes(self) -> None:
        """Kill everything that answers; the masters live and start new processes."""
        for pid in self._processes():
            self._signal(pid, signal.SIGKILL)

    def kill_a_server(self) -> None:
        """Kill a master with its processes, like a lost machine, and start another one."""
        member = self._dice.choice(self.members)
        member.server.kill()
        member.server = self._start(member.version)
        member.server.wait()

    def freeze_a_process(self) -> None:
        """Stop a process for a moment, like a virtual machine that is moved."""
        pid = self._some()
        self._signal(pid, signal.SIGSTOP)
        time.sleep(self._dice.uniform(*FROZEN))
        self._signal(pid, signal.SIGCONT)

    def jump(self) -> None:
        """Give the processes other clocks, in the middle of their work."""
        self._write_shifts([self._dice.uniform(-MOST_SHIFT, MOST_SHIFT) for _ in range(7)])

    def right_clocks(self) -> None:
        self._write_shifts([0.0])

    def hazards(self) -> Sequence[tuple[str, int, Callable[[], None]]]:
        """Return what can happen to the processes: name, weight, function."""
        return (
            ("kill a process", 8, self.kill_a_process),
            ("kill all processes", 4, self.kill_all_processes),
            ("kill a server", 1, self.kill_a_server),
            ("freeze a process", 2, self.freeze_a_process),
            ("clocks jump", 4, self.jump),
        )

    def _start(self, version: Version) -> Server:
        return Server.start(
            self._simulated,
            self._folder,
            application="tests.ledger.shifted_wsgi",
            code=version.code,
            variables={
                "CLOCK_SHIFTS": str(self._shifts),
                "CRON_SERVICE_ACCOUNT": SERVICE_ACCOUNT,
                "CRON_AUDIENCE": AUDIENCE,
            },
        )

    def _write_shifts(self, shifts: Sequence[float]) -> None:
        fresh = self._shifts.with_suffix(".new")
        fresh.write_text(" ".join(f"{shift:.2f}" for shift in shifts))
        fresh.replace(self._shifts)

    def _processes(self) -> list[int]:
        return [pid for member in self.members for pid in member.server.workers()]

    def _some(self) -> int:
        while not (found := self._processes()):
            time.sleep(0.02)  # the master starts them again
        return self._dice.choice(found)

    @staticmethod
    def _signal(pid: int, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
