"""A person who performs four operations over HTTP as fast as possible."""

from __future__ import annotations

import http.client
import json
import time
from datetime import timedelta
from typing import Any

from activations.models import Grant
from tests.ledger.world import PROJECTS, self_approved_ids
from tests.moments import now

PROJECT = PROJECTS[0]
FIRST, SECOND, *_ = self_approved_ids(PROJECT)


class Busy:
    """Records the status and the duration of each answer."""

    def __init__(self, email: str, *, assertion: str, port: int) -> None:
        self.email = email
        self.answers: list[tuple[int, float]] = []
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._headers = {
            "X-Goog-IAP-JWT-Assertion": assertion,
            "X-JITACCESS": "1",
            "Content-Type": "application/json",
        }

    def four_operations(self) -> None:
        """Activate two roles, extend one and end the other."""
        try:
            self._activate(FIRST, 10)
            self._activate(SECOND, 20)
            grants = self._send("GET", "/api/grants?status=ACTIVE")["grants"]
            ids = {grant["role"]: grant["id"] for grant in grants}
            longer = {"activationTimeout": 60, "justification": "x"}
            self._timed(f"/api/grants/{ids[FIRST.split(':')[1]]}/extend", longer)
            self._timed(f"/api/grants/{ids[SECOND.split(':')[1]]}/end", {"reason": "x"})
        finally:
            self._connection.close()

    def wrong(self) -> list[str]:
        """Return which of these operations the database does not have."""
        active = Grant.objects.filter(beneficiary_email=self.email, state="active")
        ends = list(active.values_list("end_time", flat=True))
        if len(ends) == 1 and timedelta(minutes=40) < ends[0] - now() <= timedelta(minutes=60):
            return []
        return [f"{self.email} has {ends}, was told {self.answers}"]

    def _activate(self, role_id: str, minutes: int) -> None:
        body = {"entitlementIds": [role_id], "justification": "x", "activationTimeout": minutes}
        self._timed(f"/api/projects/{PROJECT}/roles/self-activate", body)

    def _timed(self, path: str, body: dict[str, Any]) -> None:
        started = time.monotonic()
        self._send("POST", path, body)
        self.answers.append((self.status, time.monotonic() - started))

    def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        text = None if body is None else json.dumps(body)
        self._connection.request(method, path, text, self._headers)
        answer = self._connection.getresponse()
        self.status = answer.status
        return json.loads(answer.read())
