"""Kills the process that records the last approval of a request with stages, at a chosen step."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from functools import cached_property
from types import TracebackType
from typing import Any, Self

from activations.evidence.verification import verify
from activations.models import Event, Grant, Request, Review
from simulator import Simulator
from tests.activations.evidence.recorded_history import differences
from tests.browser.demo import ROOT
from tests.conftest import PersonClient
from tests.journeys.shop import PROJECT, activations_of
from tests.journeys.stages import LEADS, ROLE, SECURITY, approve, requested
from tests.ledger.invariants import problems
from tests.ledger.later import reconcile_later
from tests.ledger.server import environment
from tests.ledger.world import policies

PORT = 8080


class LastApprovals:
    """Requests of Alice that a lead approved; the approval of security is the last one.

    The active access policy must demand one lead, then one person of security. `left` counts in which
    states the killed processes left requests and grants.
    """

    def __init__(self, simulated: Simulator) -> None:
        self.simulated = simulated
        self.left: Counter[str] = Counter()
        self._before = policies(simulated.company)
        self._alice = PersonClient(simulated, "alice@example.com")
        self._lead = PersonClient(simulated, LEADS[0])
        self._last = PersonClient(simulated, SECURITY[0])
        self._minutes = 0
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        env = environment(self.simulated, port=PORT, workers=1)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.ledger.dying"],
            cwd=ROOT,
            env=env | {"DJANGO_SETTINGS_MODULE": "jitaccess.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        assert self._process
        self._process.communicate()

    @cached_property
    def steps(self) -> int:
        """How many statements a last approval executes; the first one also records the new person."""
        statements = 0
        for _ in range(2):
            request_id = self._approved_once()
            made = self._approve_last(request_id, step=0)
            assert made.get("status") == 200, made
            self._end(request_id)
            statements = made["statements"]
        return statements

    def kill_at(self, step: int) -> list[str]:
        """Kill the last approval before this statement, reconcile, and approve again if it was lost.

        Return what is wrong then; nothing if the approvals count exactly and one binding grants access.
        """
        request_id = self._approved_once()
        made = self._approve_last(request_id, step=step)
        request = Request.objects.get(pk=request_id)
        grants = list(request.grants.values_list("state", flat=True))
        self.left[" ".join([request.state, *grants]) if made.get("killed") else "finished"] += 1
        _, moment = reconcile_later()
        found = self._inexact(request)
        answer = approve(self._last, request_id)
        if (answer.status_code, answer.json().get("status")) != (200, "ACTIVE"):
            found.append(f"approving again is answered with {answer.content!r}")
        now = policies(self.simulated.company)
        found += [*self._not_granted_once(request_id), *problems(self._before, now, now=moment)]
        self._end(request_id)
        return [f"killed before statement {step}: {one}" for one in found]

    def _approved_once(self) -> str:
        self._minutes = self._minutes % 100 + 1
        request_id = requested(self._alice, activationTimeout=self._minutes)
        assert approve(self._lead, request_id).status_code == 200
        return request_id

    def _approve_last(self, request_id: str, *, step: int) -> dict[str, Any]:
        assert self._process
        assert self._process.stdin
        assert self._process.stdout
        call = {
            "path": f"/api/requests/{request_id}/approve",
            "body": {"comment": "ok"},
            "assertion": self.simulated.assertion(self._last.email),
            "port": PORT,
            "step": step,
        }
        self._process.stdin.write(json.dumps(call) + "\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            made: dict[str, Any] | None = json.loads(line).get("made")
            if made:
                return made
        raise AssertionError("the process that forks has ended")

    def _inexact(self, request: Request) -> list[str]:
        """Return whether the approvals and the state of the request contradict each other."""
        request.refresh_from_db()
        approvals = Review.objects.filter(request=request, void_at=None).count()
        expected = {"pending": 1, "approved": 2}.get(request.state)
        return [] if approvals == expected else [f"{request.state} with {approvals} approvals"]

    def _not_granted_once(self, request_id: str) -> list[str]:
        role = ROLE.partition(":")[2]
        bindings = activations_of(self.simulated.company.policy(PROJECT), self._alice.email, role)
        counts = {
            "approvals": Review.objects.filter(request_id=request_id, void_at=None).count(),
            "grants": Grant.objects.filter(request_id=request_id, state="active").count(),
            "events": Event.objects.filter(request_id=request_id, kind="grant.active").count(),
            "bindings": len(bindings),
        }
        wrong = (
            []
            if counts == {"approvals": 2, "grants": 1, "events": 1, "bindings": 1}
            else [str(counts)]
        )
        if problem := verify().problem:
            wrong.append(f"evidence: {problem}")
        return wrong + [f"evidence: {one}" for one in differences()]

    def _end(self, request_id: str) -> None:
        (grant,) = Grant.objects.filter(request_id=request_id)
        ended = self._alice.api_post(f"/api/grants/{grant.pk}/end", {"reason": "next"})
        assert ended.status_code == 200, ended.content
