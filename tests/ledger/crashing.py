"""Repeats rounds of load, SIGKILL, a new server, the reconciler and a check of the invariants."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from activations.domain.states import GrantState
from activations.models import Grant
from simulator import Simulator
from tests.ledger.acknowledged import lost_changes
from tests.ledger.invariants import different, problems
from tests.ledger.later import MUCH_LATER, reconcile_later
from tests.ledger.server import Server
from tests.ledger.workload import Answers, Workload
from tests.ledger.world import World

LATENCY = (0.03, 0.12)
LIFE = (0.0, 0.8)
SECONDS_TO_WARM_UP = 30.0
PAUSE_OF_OTHERS = 0.15
MOST_OF_OTHERS = 300  # a policy holds 1,500 principals


class Crashes:
    """Kills the server at random moments while other writers also change policies."""

    def __init__(self, simulated: Simulator, world: World, folder: Path, *, seed: str) -> None:
        self.simulated = simulated
        self.world = world
        self.answers = Answers()
        self.kills = 0
        self.recovered = 0
        self.interrupted_ends = 0
        self._folder = folder
        self._seed = seed
        self._dice = random.Random(seed)
        self._next: Server | None = None
        self._foreign_writes = 0

    def __enter__(self) -> Self:
        self._next = Server.start(self.simulated, self._folder)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._next:
            self._next.kill()

    def one_more(self) -> list[str]:
        """Run one round; return the violated invariants."""
        assert self._next
        server = self._next
        server.wait()
        self._run_and_kill(server)
        self._next = Server.start(self.simulated, self._folder)
        self.simulated.latency = 0
        self._count_open()
        _, moment = reconcile_later()
        return [
            *problems(self.world.before, self.world.now(), now=moment),
            *self._missing_foreign(),
            *lost_changes(self.answers.successes),
        ]

    def after_all_access_expired(self) -> list[str]:
        """Return the violated invariants after all access has expired."""
        _, moment = reconcile_later(MUCH_LATER)
        return [
            *different(self.world.now(), now=moment),
            *problems(self.world.before, self.world.now(), now=moment),
            *(f"{grant} is {grant.state}" for grant in Grant.objects.filter(state="active")),
        ]

    def _run_and_kill(self, server: Server) -> None:
        self.simulated.latency = self._dice.uniform(*LATENCY)
        self.kills += 1
        workload = Workload(
            self.simulated,
            self.world,
            port=server.port,
            answers=self.answers,
            seed=f"{self._seed} {self.kills}",
        )
        stopped = threading.Event()
        others = threading.Thread(target=self._others_write, args=[stopped])
        others.start()
        self._until_busy(server)
        stopped.wait(self._dice.uniform(*LIFE))
        server.kill()
        stopped.set()
        others.join()
        workload.stop()

    def _until_busy(self, server: Server) -> None:
        """Let every process answer once, so that the kill interrupts work and not the start."""
        enough, deadline = len(self.answers.successes) + 2, time.monotonic() + SECONDS_TO_WARM_UP
        while len(self.answers.successes) < enough:
            assert time.monotonic() < deadline, (
                f"{self.answers.counts}: {server.output.read_text()}"
            )
            time.sleep(0.01)

    def _others_write(self, stopped: threading.Event) -> None:
        """Change the policy as another writer would, while the server runs."""
        while self._foreign_writes < MOST_OF_OTHERS and not stopped.wait(PAUSE_OF_OTHERS):
            self._foreign_writes += 1
            self.world.company.bind("shop-prod", self._foreign_role(self._foreign_writes), [ERIN])

    def _missing_foreign(self) -> list[str]:
        roles = [
            binding["role"]
            for binding in self.world.company.policy("shop-prod")["bindings"]
            if binding["role"].startswith("roles/foreign.")
        ]
        expected = [self._foreign_role(number + 1) for number in range(self._foreign_writes)]
        return [] if roles == expected else [f"foreign bindings are {roles}, not {expected}"]

    @staticmethod
    def _foreign_role(number: int) -> str:
        return f"roles/foreign.number{number}"

    def _count_open(self) -> None:
        self.recovered += Grant.objects.filter(state=GrantState.PROVISIONING).count()
        ending = Grant.objects.filter(state=GrantState.ACTIVE, ending_asked_at__isnull=False)
        self.interrupted_ends += ending.count()


ERIN = "user:erin@example.com"
