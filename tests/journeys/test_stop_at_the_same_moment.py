"""A stop concurrent with other actions, or interrupted by a crash, leaves the person no access."""

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

from activations.models import Event, Grant, ProjectLease, Request, Stop
from simulator import Simulator
from tests.browser.demo import ROOT
from tests.conftest import PersonClient
from tests.journeys.approvals import ask, decide, pending_request
from tests.journeys.shop import COMPUTE, PROJECT, activate, activations_of
from tests.journeys.test_at_the_same_moment import all_at_once
from tests.ledger.later import reconcile_later
from tests.ledger.server import environment

ALICE = "alice@example.com"
PAGE = "/admin/stop-person/"
READ = "cloudresourcemanager.projects.getIamPolicy"
ROLES = ("roles/compute.admin", "roles/dns.admin", "roles/iam.securityAdmin", "roles/run.admin")
TRIES = 12 if connection.vendor == "postgresql" else 4


@pytest.fixture
def people(simulated: Simulator, transactional_db: None) -> dict[str, PersonClient]:
    return {
        name: PersonClient(simulated, f"{name}@example.com") for name in ("alice", "bob", "olga")
    }


def press_stop(olga: PersonClient, action: str = "stop") -> Any:
    return olga.post(PAGE, {"email": ALICE, "reason": "stolen", "action": action})


def left_in_iam(simulated: Simulator) -> int:
    policy = simulated.company.policy(PROJECT)
    return sum(len(activations_of(policy, ALICE, role)) for role in ROLES)


def nothing_is_left(simulated: Simulator) -> bool:
    """Check that no access is left after the reconciler has run."""
    if Grant.objects.filter(state__in=["active", "provisioning"]).exists():
        reconcile_later()
    unfinished = Grant.objects.filter(
        beneficiary_email=ALICE, state__in=["active", "provisioning"]
    ).exists()
    pending = Request.objects.filter(state="pending").exists()
    return not (unfinished or pending or left_in_iam(simulated))


@pytest.mark.slow
def test_an_approval_and_a_stop_leave_no_access(people: Any, simulated: Simulator) -> None:
    for number in range(TRIES):
        simulated.latency = 0.004 * number
        request_id = pending_request(people["alice"], minutes=5 + number)
        approval, stopped = all_at_once(
            partial(decide, people["bob"], request_id, "approve"),
            partial(press_stop, people["olga"]),
        )
        assert stopped.status_code == 200
        assert approval.status_code in {200, 403, 409}, approval.content
        simulated.latency = 0
        assert nothing_is_left(simulated)
        press_stop(people["olga"], "resume")


@pytest.mark.slow
def test_an_activation_and_a_stop_leave_no_access(people: Any, simulated: Simulator) -> None:
    people["alice"].get("/activity")
    for number in range(TRIES):
        simulated.latency = 0.004 * number
        activation, stopped = all_at_once(
            partial(activate, people["alice"], COMPUTE), partial(press_stop, people["olga"])
        )
        assert stopped.status_code == 200
        assert activation.status_code in {200, 403, 409}, activation.content
        simulated.latency = 0
        assert nothing_is_left(simulated)
        press_stop(people["olga"], "resume")


@pytest.mark.slow
def test_a_request_and_a_stop_leave_no_pending_request(people: Any, simulated: Simulator) -> None:
    people["alice"].get("/activity")
    for number in range(TRIES):
        simulated.latency = 0.004 * number
        all_at_once(partial(_ask, people["alice"]), partial(press_stop, people["olga"]))
        simulated.latency = 0
        assert not Request.objects.filter(state="pending").exists()
        press_stop(people["olga"], "resume")


def _ask(alice: PersonClient) -> int:
    status: int = ask(alice).status_code
    assert status in {200, 403}
    return status


def test_two_concurrent_stops_by_administrators_make_one_stop(
    people: Any, simulated: Simulator
) -> None:
    activate(people["alice"], COMPUTE)
    answers = all_at_once(*[partial(press_stop, people["olga"])] * 4)
    assert {answer.status_code for answer in answers} == {200}
    assert Stop.objects.filter(lifted_at=None).count() == 1
    assert Event.objects.filter(kind="person.stopped").count() == 1
    assert nothing_is_left(simulated)


def while_google_is_read(simulated: Simulator, what: Any, then: Any) -> tuple[Any, Any]:
    """Run `then` while `what` reads from Google; return both answers."""
    read = simulated.faults.add(READ, hang=1.0, times=1)

    def later() -> Any:
        deadline = time.monotonic() + 10
        while not read.hits:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return then()

    first, second = all_at_once(what, later)
    return first, second


def test_a_person_stopped_during_an_activation_gets_no_access(
    people: Any, simulated: Simulator
) -> None:
    activation, stopped = while_google_is_read(
        simulated, partial(activate, people["alice"], COMPUTE), partial(press_stop, people["olga"])
    )
    assert stopped.status_code == 200
    assert activation.status_code == 403
    assert "An administrator stopped your access" in activation.json()["message"]
    assert not Grant.objects.exists()
    assert not Request.objects.exists()


def test_a_person_stopped_during_a_request_makes_no_request(
    people: Any, simulated: Simulator
) -> None:
    asking, _ = while_google_is_read(
        simulated, partial(ask, people["alice"]), partial(press_stop, people["olga"])
    )
    assert asking.status_code == 403
    assert not Request.objects.exists()


@pytest.mark.parametrize(("email", "status"), [(ALICE, 409), ("bob@example.com", 403)])
def test_stopping_requester_or_reviewer_refuses_a_concurrent_approval(
    people: Any, simulated: Simulator, email: str, status: int
) -> None:
    request_id = pending_request(people["alice"])
    form = {"email": email, "reason": "stolen"}
    approval, _ = while_google_is_read(
        simulated,
        partial(decide, people["bob"], request_id, "approve"),
        partial(people["olga"].post, PAGE, form),
    )
    assert approval.status_code == status
    assert not Grant.objects.exists()
    assert Request.objects.get().state == ("withdrawn" if email == ALICE else "pending")


def test_an_activation_that_is_being_written_is_ended(people: Any, simulated: Simulator) -> None:
    """The write starts before the stop; the stop waits for it and ends the new access."""
    simulated.faults.add("cloudresourcemanager.projects.setIamPolicy", hang=1.0, times=1)

    def stop_while_it_is_written() -> Any:
        deadline = time.monotonic() + 10
        while not Grant.objects.filter(state="provisioning").exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return press_stop(people["olga"])

    activation, stopped = all_at_once(
        partial(activate, people["alice"], COMPUTE), stop_while_it_is_written
    )
    assert activation.status_code == 200
    assert ">Ended<" in stopped.content.decode()
    assert left_in_iam(simulated) == 0


@pytest.mark.slow
@pytest.mark.parametrize("repeat", [True, False], ids=["repeated", "left to the reconciler"])
def test_a_stop_interrupted_by_a_crash_is_completed(
    people: Any, simulated: Simulator, repeat: bool
) -> None:
    roles = [
        f"{PROJECT}:{role}"
        for role in ("roles/compute.admin", "roles/dns.admin", "roles/run.admin")
    ]
    assert activate(people["alice"], *roles).status_code == 200
    pending_request(people["alice"])
    simulated.latency = 0.3
    command = [sys.executable, "manage.py", "stop_person", ALICE, "--reason", "stolen"]
    env = environment(simulated, port=1, workers=1)
    process = subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True)
    deadline = time.monotonic() + 30
    while not Event.objects.filter(kind="grant.ended").exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=10)
    simulated.latency = 0
    assert Grant.objects.filter(state="active").exists(), "it was not killed half-way"
    assert people["alice"].get("/").status_code == 403
    # The lease of the crashed process on the project expires after 45 seconds.
    ProjectLease.objects.update(holder="", expires_at=None)
    if repeat:
        assert "Everything below is done" in press_stop(people["olga"]).content.decode()
        assert left_in_iam(simulated) == 0
    assert nothing_is_left(simulated)
    assert Event.objects.filter(kind="person.stopped").count() == 1


def test_a_stop_that_crashed_right_after_the_block_is_completed(
    people: Any, simulated: Simulator
) -> None:
    activate(people["alice"], COMPUTE)
    pending_request(people["alice"])
    alice = Grant.objects.get().request.beneficiary
    Stop.objects.create(
        user=alice,
        email=ALICE,
        reason="stolen",
        stopped_at=Grant.objects.get().start_time,
        stopped_by="olga@example.com",
    )
    reconcile_later()
    assert not Request.objects.filter(state="pending").exists()
    assert Grant.objects.get(beneficiary_email=ALICE).ending_asked_at is not None
    reconcile_later(timedelta(minutes=10))
    assert left_in_iam(simulated) == 0
