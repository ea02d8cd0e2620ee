"""People who perform random operations over HTTP and record the answers."""

from __future__ import annotations

import http.client
import json
import random
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from simulator import Simulator
from tests.ledger.world import APPROVED, PROJECTS, World, self_approved_ids

SHORTEST = 10
LONGEST = 110
# Many random operations are rightly refused; answers with these statuses are errors.
NEVER = frozenset({500})


class ConnectionLost(Exception):
    """The server closed the connection without an answer."""


@dataclass(frozen=True, slots=True)
class Success:
    """A successful answer."""

    what: str
    subject: str
    status: str


@dataclass(slots=True)
class Answers:
    """The successful answers of all rounds."""

    successes: list[Success] = field(default_factory=list)
    counts: dict[int, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, status: int, success: Success | None, text: str) -> None:
        with self._lock:
            self.counts[status] = self.counts.get(status, 0) + 1
            if success:
                self.successes.append(success)
            if status in NEVER:
                self.errors.append(text)


class Person:
    """One person with their own connection, who chooses operations at random."""

    def __init__(
        self,
        email: str,
        *,
        assertion: str,
        port: int,
        answers: Answers,
        dice: random.Random,
        pause: float = 0.0,
    ) -> None:
        self.email = email
        self._pause = pause
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {
            "X-Goog-IAP-JWT-Assertion": assertion,
            "X-JITACCESS": "1",
            "Content-Type": "application/json",
        }
        self._answers = answers
        self._dice = dice

    def perform(self, stop: threading.Event, colleagues: Sequence[str]) -> None:
        """Perform operations until stopped or until the server closes the connection."""
        acts = [
            *(self.activate, self.end, self.end, self.extend, self.extend),
            *(self.decide, self.decide),
            lambda: self.ask(colleagues),
        ]
        try:
            while not stop.wait(self._pause):
                self._dice.choice(acts)()
        except ConnectionLost:
            return
        finally:
            self._connection.close()

    def activate(self) -> None:
        """Activate one to three roles in one request, on one of the projects."""
        project_id = self._dice.choice(PROJECTS)
        roles = self._dice.sample(self_approved_ids(project_id), self._dice.randint(1, 3))
        body = {"entitlementIds": roles, "justification": "load", "activationTimeout": self._time()}
        path = f"/api/projects/{project_id}/roles/self-activate"
        self._record("activate", "requestId", *self._post(path, body))

    def ask(self, colleagues: Sequence[str]) -> None:
        """Request approval of a role."""
        project_id = self._dice.choice(PROJECTS)
        others = [email for email in colleagues if email != self.email]
        body = {
            "entitlementId": f"{project_id}:{APPROVED}",
            "justification": "load",
            "activationTimeout": self._time(),
            "peers": self._dice.sample(others, 2),
        }
        answer = self._post(f"/api/projects/{project_id}/roles/request", body)
        self._record("ask", "requestId", *answer)

    def decide(self) -> None:
        """Approve, or sometimes decline, a request that waits for this person's review."""
        waiting = self._get("/api/requests?role=review&status=ACTIVATION_PENDING").get("requests")
        if waiting:
            request_id = self._dice.choice(waiting)["requestId"]
            what = self._dice.choice(["approve", "approve", "approve", "decline"])
            answer = self._post(f"/api/requests/{request_id}/{what}", {"comment": "load"})
            self._record(what, "requestId", *answer)

    def end(self) -> None:
        """End one of this person's grants."""
        if grant_id := self._mine():
            answer = self._post(f"/api/grants/{grant_id}/end", {"reason": "load"})
            self._record("end", "id", *answer)

    def extend(self) -> None:
        """Extend one of this person's grants."""
        if grant_id := self._mine():
            # A shorter extension is often refused.
            body = {"justification": "load", "activationTimeout": LONGEST}
            answer = self._post(f"/api/grants/{grant_id}/extend", body)
            self._record("extend", "requestId", *answer)

    def _mine(self) -> str:
        grants = self._get("/api/grants?status=ACTIVE").get("grants")
        return str(self._dice.choice(grants)["id"]) if grants else ""

    def _time(self) -> int:
        return self._dice.randint(SHORTEST, LONGEST)

    def _record(self, what: str, key: str, status: int, answer: dict[str, Any]) -> None:
        success = Success(what, answer[key], answer["status"]) if status == 200 else None
        self._answers.note(status, success, f"{what}: {answer}")

    def _get(self, path: str) -> dict[str, Any]:
        status, answer = self._send("GET", path, None)
        self._answers.note(status, None, f"{path}: {answer}")
        return answer

    def _post(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        return self._send("POST", path, json.dumps(body))

    def _send(self, method: str, path: str, body: str | None) -> tuple[int, dict[str, Any]]:
        try:
            self._connection.request(method, path, body, self._headers)
            answer = self._connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException) as error:
            raise ConnectionLost from error


class Workload:
    """Runs all people concurrently until stopped."""

    def __init__(
        self, simulated: Simulator, world: World, *, port: int, answers: Answers, seed: str
    ) -> None:
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(len(world.emails))
        self._running = [
            self._pool.submit(person.perform, self._stop, world.emails)
            for person in (
                Person(
                    email,
                    assertion=simulated.assertion(email),
                    port=port,
                    answers=answers,
                    dice=random.Random(f"{seed} {email}"),
                )
                for email in world.emails
            )
        ]

    def stop(self) -> None:
        """Wait for the operations in progress; raise the first error of a thread."""
        self._stop.set()
        self._pool.shutdown()
        for running in self._running:
            running.result()
