"""Repeats rounds of load, SIGKILL, a new server, the reconciler and a check of the invariants."""

from __future__ import annotations

import random
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
from tests.ledger.others import Others
from tests.ledger.server import Server
from tests.ledger.workload import Answers, Workload
from tests.ledger.world import World

LATENCY = (0.03, 0.12)
LIFE = (0.0, 0.8)
SECONDS_TO_WARM_UP = 30.0


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
        self._others = Others(world.company)

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
            *self._others.missing(),
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
        with self._others:
            self._until_busy(server)
            time.sleep(self._dice.uniform(*LIFE))
            server.kill()
        workload.stop()

    def _until_busy(self, server: Server) -> None:
        """Let every process answer once, so that the kill interrupts work and not the start."""
        enough, deadline = len(self.answers.successes) + 2, time.monotonic() + SECONDS_TO_WARM_UP
        while len(self.answers.successes) < enough:
            assert time.monotonic() < deadline, (
                f"{self.answers.counts}: {server.output.read_text()}"
            )
            time.sleep(0.01)

    def _count_open(self) -> None:
        self.recovered += Grant.objects.filter(state=GrantState.PROVISIONING).count()
        ending = Grant.objects.filter(state=GrantState.ACTIVE, ending_asked_at__isnull=False)
        self.interrupted_ends += ending.count()
