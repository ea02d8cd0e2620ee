"""People and schedulers who find another server when theirs is lost, until they are stopped."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait

from simulator import Simulator
from simulator.scheduler import SERVICE_ACCOUNT
from tests.ledger.fleet import AUDIENCE
from tests.ledger.workload import Answers, Person
from tests.ledger.world import World

JOBS = ("reconcile", "deliver", "expire", "start", "decide", "remind")
BETWEEN_JOBS = 0.4
BETWEEN_CONNECTIONS = 0.03
# What still waits for the lease of a killed process after this time is killed as well.
PATIENCE = 1.0


class EndlessLoad:
    """All people and a scheduler.

    `ports` are the servers with the places for their answers; people pause for `pause` between operations.
    """

    def __init__(
        self,
        simulated: Simulator,
        world: World,
        *,
        ports: Mapping[int, Answers],
        seed: str,
        pause: float = 0.0,
    ) -> None:
        self._simulated, self._world, self._ports = simulated, world, ports
        self._pause = pause
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(len(world.emails) + 1)
        self._running = [
            self._pool.submit(self._live, email, random.Random(f"{seed} {email}"))
            for email in world.emails
        ]
        self._running.append(self._pool.submit(self._schedule, random.Random(f"{seed} jobs")))

    def finish(self, kill: Callable[[], None]) -> int:
        """Kill the servers until nobody waits for an answer; return how often."""
        self._stop.set()
        kill()
        times, patience = 1, PATIENCE
        while wait(self._running, timeout=patience).not_done:
            kill()
            times, patience = times + 1, 2 * patience
        self._pool.shutdown()
        for one in self._running:
            one.result()
        return times

    def _live(self, email: str, dice: random.Random) -> None:
        assertion = self._simulated.assertion(email)
        while not self._stop.is_set():
            port, answers = dice.choice(list(self._ports.items()))
            person = Person(
                email,
                assertion=assertion,
                port=port,
                answers=answers,
                dice=dice,
                pause=self._pause,
            )
            try:
                person.perform(self._stop, self._world.emails)
            except json.JSONDecodeError as error:
                answers.note(500, None, f"no JSON: {error.doc[:300]}")
            time.sleep(BETWEEN_CONNECTIONS)

    def _schedule(self, dice: random.Random) -> None:
        while not self._stop.wait(BETWEEN_JOBS):
            port, answers = dice.choice(list(self._ports.items()))
            name = dice.choice(JOBS)
            token = self._simulated.oidc.sign(SERVICE_ACCOUNT, AUDIENCE)
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            try:
                connection.request(
                    "POST", f"/cron/{name}", headers={"Authorization": f"Bearer {token}"}
                )
                answer = connection.getresponse()
                answers.note(answer.status, None, f"{name}: {answer.read().decode()[:300]}")
            except (OSError, http.client.HTTPException):
                continue
            finally:
                connection.close()
