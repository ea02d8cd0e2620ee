"""A start that is killed at any step, or collides with a withdrawal, grants access once or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection

from activations.models import Event, Grant, ProjectLease
from simulator import Simulator
from tests.activations.evidence.recorded_history import differences
from tests.browser.demo import ROOT
from tests.conftest import PersonClient
from tests.journeys.approvals import SET, decide, pending_request, state
from tests.journeys.schedules import HOUR, in_seconds, run_starts, schedule, scheduled_request
from tests.journeys.shop import COMPUTE, PROJECT, ROLES, count_activations
from tests.journeys.test_at_the_same_moment import all_at_once
from tests.ledger.later import reconcile_later
from tests.ledger.server import environment

SOON = timedelta(seconds=4)
ALICE = "alice@example.com"
READ = "cloudresourcemanager.projects.getIamPolicy"
TRIES = 12 if connection.vendor == "postgresql" else 4
DNS = f"{PROJECT}:roles/dns.admin"


@pytest.fixture
def alice(simulated: Simulator, transactional_db: None) -> PersonClient:
    return PersonClient(simulated, ALICE)


@pytest.fixture
def bob(simulated: Simulator, transactional_db: None) -> PersonClient:
    return PersonClient(simulated, "bob@example.com")


def killed_while(hits: Any) -> None:
    """Run the job in a process of its own, and kill it while Google answers the call."""
    env = environment(hits.simulated, port=1, workers=1)
    command = [sys.executable, "manage.py", "start_scheduled"]
    process = subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True)
    deadline = time.monotonic() + 40
    while not hits.fault.hits:
        assert process.poll() is None, "it ended before the call"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=10)
    time.sleep(hits.fault.hang)  # Google may still carry out what it received
    # The leases of the killed process expire after 45 seconds.
    ProjectLease.objects.update(holder="", expires_at=None)


class Hits:
    """A call of Google that takes a while, and its fault."""

    def __init__(self, simulated: Simulator, api: str, **fault: Any) -> None:
        self.simulated = simulated
        self.fault = simulated.faults.add(api, hang=1.5, times=1, **fault)


@pytest.mark.slow
@pytest.mark.one_database
@pytest.mark.parametrize("roles", [(COMPUTE,), (COMPUTE, DNS)], ids=["one role", "two roles"])
@pytest.mark.parametrize(
    ("api", "fault", "left"),
    [
        (READ, {}, "scheduled"),
        (SET, {"close": "before"}, "provisioning"),
        (SET, {}, "provisioning"),
        (SET, {"done": True}, "provisioning"),
    ],
    ids=["facts are read", "the write is lost", "it is written late", "it was written"],
)
def test_a_killed_start_is_continued_with_one_binding(
    alice: PersonClient, simulated: Simulator, roles: Any, api: str, fault: Any, left: str
) -> None:
    alice.api_get(ROLES)  # so that the next call is quicker than the start
    request_id = scheduled_request(alice, *roles, delay=SOON)
    assert set(Grant.objects.values_list("state", flat=True)) == {"scheduled"}
    time.sleep(SOON.total_seconds())
    killed_while(Hits(simulated, api, **fault))
    assert set(Grant.objects.values_list("state", flat=True)) == {left}
    run_starts(timedelta())
    reconcile_later()
    run_starts(timedelta())
    assert state(alice, request_id) == "ACTIVE"
    assert set(Grant.objects.values_list("state", flat=True)) == {"active"}
    assert count_activations(simulated, ALICE) == 1
    assert Event.objects.filter(kind="grant.active").count() == len(roles)
    assert differences() == []


@pytest.mark.usefixtures("no_retry_delay")
def test_an_approved_start_whose_write_is_lost_is_tried_again(
    alice: PersonClient, bob: PersonClient, simulated: Simulator
) -> None:
    request_id = pending_request(alice, startTime=in_seconds(HOUR))
    decide(bob, request_id, "approve")
    simulated.faults.add(SET, close="before", times=None)
    later = HOUR + timedelta(minutes=1)
    assert run_starts(later).troubled == 1
    assert state(alice, request_id) == "PROVISIONING"
    simulated.faults.clear()
    assert reconcile_later(later + timedelta(minutes=2))[0].retried == 1
    assert state(alice, request_id) == "ACTIVE"
    assert count_activations(simulated, ALICE, "roles/iam.securityAdmin") == 1
    assert differences() == []


@pytest.mark.usefixtures("no_retry_delay")
def test_the_reconciler_leaves_a_late_start_to_its_process(
    alice: PersonClient, simulated: Simulator
) -> None:
    """A start may come long after its time; the process that writes it is not disturbed."""
    scheduled_request(alice)
    simulated.faults.add(SET, close="before", times=None)
    late = HOUR + timedelta(minutes=20)
    run_starts(late)
    simulated.faults.clear()
    counts, _ = reconcile_later(late + timedelta(seconds=30))
    assert (counts.retried, counts.failed, counts.finished) == (0, 0, 0)
    counts, _ = reconcile_later(late + timedelta(seconds=100))
    assert counts.retried == 1


@pytest.mark.usefixtures("no_retry_delay")
def test_a_lost_start_fails_at_its_end(alice: PersonClient, simulated: Simulator) -> None:
    request_id = scheduled_request(alice, minutes=10)
    simulated.faults.add(SET, close="before", times=None)
    run_starts(HOUR + timedelta(minutes=1))
    simulated.faults.clear()
    counts, _ = reconcile_later(HOUR + timedelta(minutes=11))
    assert counts.failed == 1
    assert state(alice, request_id) == "FAILED"


def test_the_reconciler_ignores_scheduled_grants(alice: PersonClient, simulated: Simulator) -> None:
    reconcile_later(timedelta())
    request_id = scheduled_request(alice)
    for after in (timedelta(), HOUR + timedelta(minutes=5), timedelta(hours=9)):
        counts, _ = reconcile_later(after)
        assert not any((counts.finished, counts.failed, counts.drifted, counts.adopted))
    assert state(alice, request_id) == "SCHEDULED"


@pytest.mark.slow
def test_of_a_withdrawal_and_a_start_exactly_one_wins(
    alice: PersonClient, simulated: Simulator
) -> None:
    for number in range(TRIES):
        request_id = scheduled_request(alice, minutes=30 + number)
        simulated.latency = 0.003 * number
        withdrawal, counts = all_at_once(
            partial(decide, alice, request_id, "withdraw"), partial(run_starts)
        )
        simulated.latency = 0
        grant = Grant.objects.get(request_id=request_id)
        if withdrawal.status_code == 200:
            assert (grant.state, grant.end_reason) == ("withdrawn", "withdrawn")
            assert counts.finished == 0
        else:
            assert withdrawal.status_code == 409
            assert grant.state == "active"
            alice.api_post(f"/api/grants/{grant.pk}/end", {"reason": "next"})
        assert count_activations(simulated, ALICE) == 0


@pytest.mark.slow
def test_of_two_schedules_at_the_same_moment_one_is_recorded(alice: PersonClient) -> None:
    alice.get("/activity")
    for _ in range(TRIES):
        answers = all_at_once(*[partial(schedule, alice)] * 3)
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses == [200, 409, 409], [answer.content for answer in answers]
        (grant,) = Grant.objects.filter(state="scheduled")
        decide(alice, str(grant.request_id), "withdraw")
