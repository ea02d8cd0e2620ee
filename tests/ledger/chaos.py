"""Rounds of load, faults, wrong clocks, kills and failing databases, each followed by a check of the invariants."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from django.db import connections

from activations.domain.states import EndReason, GrantState
from activations.models import Grant
from simulator import Simulator
from simulator.faults import FaultOptions
from tests.browser.demo import ROOT
from tests.ledger.acknowledged import lost_changes
from tests.ledger.endless_load import EndlessLoad
from tests.ledger.fleet import MOST_SHIFT, Fleet, Version
from tests.ledger.invariants import different, problems
from tests.ledger.later import MUCH_LATER, SOON, reconcile_later
from tests.ledger.others import Others
from tests.ledger.world import World
from tests.moments import now

Hazard = tuple[str, int, Callable[[], None]]

LATENCY = (0.02, 0.1)
APIS = ("cloudresourcemanager.*", "cloudasset.*", "directory.*")
FAULTS: tuple[FaultOptions, ...] = (
    *(FaultOptions(status=status) for status in (403, 409, 412, 429, 500, 503)),
    {"close": "before"},
    {"close": "after"},
    {"hang": 0.4},
    {"hang": 0.4, "done": True},
)
SHARE_OF_FAULTS = 0.08
MOST_HAZARDS = 6
BETWEEN_HAZARDS = (0.05, 0.5)
SECONDS_TO_WARM_UP = 30.0
# Late enough for the recovery of what a process with the fastest or the slowest clock began.
AFTER_CHAOS = SOON + 2 * timedelta(seconds=MOST_SHIFT)


def ended_by_an_older_version() -> set[str]:
    """Return the ends that 0.1.0 took for changes by hand, because it was stopped before it recorded them."""
    ended = Grant.objects.filter(end_reason=EndReason.DRIFTED, ending_asked_at__isnull=False)
    return {f"{grant} ({grant.id}) drifted" for grant in ended}


class Chaos:
    """Keeps a fleet under load, and lets hazards happen; the seed decides which and when."""

    def __init__(
        self,
        simulated: Simulator,
        world: World,
        folder: Path,
        *,
        seed: str,
        database: Sequence[Hazard] = (),
    ) -> None:
        self.happened: Counter[str] = Counter()
        self.recovered = self.interrupted_ends = self.rounds = 0
        self.course: list[str] = []
        self.versions: list[Version] = []
        self._known: set[str] = set()
        self._simulated, self._world, self._seed = simulated, world, seed
        self._dice = random.Random(seed)
        self.fleet = Fleet(simulated, folder, dice=self._dice)
        self._hazards = [*self.fleet.hazards(), *database]
        self._others = Others(world.company)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.fleet.close()

    @property
    def kills(self) -> int:
        """Return how often processes of the application were killed."""
        return sum(number for name, number in self.happened.items() if name.startswith("kill"))

    @property
    def confirmed(self) -> int:
        """Return the number of changes that were confirmed to people."""
        return sum(len(version.answers.successes) for version in self.versions)

    def add(self, version: Version) -> None:
        """Start a server of this version beside the others."""
        if version not in self.versions:
            self.versions.append(version)
        self.fleet.add(version)

    def trouble(self, *extra: Hazard, hazards: int = MOST_HAZARDS) -> None:
        """Run one round of load with up to so many hazards; `extra` happens as well. Checks nothing."""
        self.rounds += 1
        self._start_faults()
        load = EndlessLoad(
            self._simulated,
            self._world,
            ports=self.fleet.ports(),
            seed=f"{self._seed} {self.rounds}",
        )
        with self._others:
            try:
                self._until_busy()
                for hazard in [*extra, *self._chosen(hazards)]:
                    time.sleep(self._dice.uniform(*BETWEEN_HAZARDS))
                    self._happen(hazard)
                time.sleep(self._dice.uniform(*BETWEEN_HAZARDS))
            finally:
                times = load.finish(self.fleet.kill_all_processes)
                # What waits for the lease of a killed process is killed until nothing is left: one kill.
                self.happened["kill all processes"] += 1
                self.happened["repeated to empty the queue"] += times - 1
                self._calm()

    def one_more(self, *, hazards: int = MOST_HAZARDS) -> list[str]:
        """Run one round; return the violated invariants."""
        self.trouble(hazards=hazards)
        return self.violations()

    def violations(self) -> list[str]:
        """Let the reconciler settle what was interrupted; return the violated invariants."""
        connections.close_all()  # the server of the database may be another one
        self.recovered += Grant.objects.filter(state=GrantState.PROVISIONING).count()
        ending = Grant.objects.filter(state=GrantState.ACTIVE, ending_asked_at__isnull=False)
        self.interrupted_ends += ending.count()
        _, moment = reconcile_later(AFTER_CHAOS)
        if any(version.code != ROOT for version in self._serving):
            self._known |= ended_by_an_older_version()
        successes = [one for version in self.versions for one in version.answers.successes]
        found = [
            *problems(self._world.before, self._world.now(), now=moment),
            *self._others.missing(),
            *lost_changes(successes),
            *(error for version in self.versions for error in version.errors),
        ]
        return [one for one in found if one not in self._known]

    def after_all_access_expired(self) -> list[str]:
        """Return the violated invariants after all access has expired."""
        _, moment = reconcile_later(MUCH_LATER)
        found = [
            *different(self._world.now(), now=moment),
            *problems(self._world.before, self._world.now(), now=moment),
            *(f"{grant} is {grant.state}" for grant in Grant.objects.filter(state="active")),
        ]
        return [one for one in found if one not in self._known]

    @property
    def _serving(self) -> list[Version]:
        return [member.version for member in self.fleet.members]

    def _start_faults(self) -> None:
        self._simulated.latency = self._dice.uniform(*LATENCY)
        self.fleet.jump()
        share = random.Random(f"{self._seed} faults {self.rounds}")
        for fault in self._dice.sample(FAULTS, 3):
            sometimes = FaultOptions(times=None, when=lambda _: share.random() < SHARE_OF_FAULTS)
            for api in APIS:
                self._simulated.faults.add(api, **(fault | sometimes))

    def _calm(self) -> None:
        self._simulated.faults.clear()
        self._simulated.latency = 0
        self._simulated.calls.clear()
        self.fleet.right_clocks()

    def _chosen(self, most: int) -> list[Hazard]:
        weights = [weight for _, weight, _ in self._hazards]
        return self._dice.choices(self._hazards, weights, k=self._dice.randint(most // 2, most))

    def _happen(self, hazard: Hazard) -> None:
        name, _, happen = hazard
        self.course.append(f"{now():%H:%M:%S.%f} {name}")
        happen()
        self.happened[name] += 1

    def _until_busy(self) -> None:
        """Wait for a first success, so that hazards interrupt work and not the start."""
        enough, deadline = self.confirmed + 1, time.monotonic() + SECONDS_TO_WARM_UP
        while self.confirmed < enough:
            assert time.monotonic() < deadline, [one.answers.counts for one in self.versions]
            time.sleep(0.01)
