"""Each round of delivery logs the numbers for alerts, and each job records its run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import Settings

from activations import jobs
from activations.domain.states import Channel, DeliveryState, GrantState
from activations.models import JobRun, OutboxMessage, Request
from activations.reporting.job_runs import noted
from activations.reporting.metrics import metrics
from eligibility.models import Refresh
from simulator import Simulator
from tests.activations.admin import history
from tests.activations.notifications.rows import mpa_request
from tests.jitaccess.log_lines import listening
from tests.moments import now
from tests.rewriting import rewrite

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
HOUR = timedelta(hours=1)
NAMES = {
    *("active_grants", "provisioning_grants", "provisioning_age_seconds"),
    *("queue_length", "queue_age_seconds", "queue_escalated"),
    *("outbox_length", "outbox_age_seconds", "outbox_dead"),
    *("index_age_seconds", "index_projects", "index_bindings", "index_groups"),
}


def message(state: DeliveryState, *, age: timedelta) -> None:
    OutboxMessage.objects.create(
        kind="x", channel=Channel.MAIL, state=state, created_at=now() - age, next_attempt_at=now()
    )


def test_an_empty_database_has_zero_counts() -> None:
    assert metrics(now()) == dict.fromkeys(NAMES, 0)


def test_the_index_is_as_old_as_what_it_read() -> None:
    Refresh.objects.create(started_at=now() - 3 * HOUR)
    assert metrics(now())["index_age_seconds"] == pytest.approx(3 * 3600, abs=2)
    complete = Refresh.Status.COMPLETE
    Refresh.objects.create(
        status=complete, started_at=now() - HOUR, ended_at=now(), projects=3, bindings=2, groups=1
    )
    found = metrics(now())
    assert found["index_age_seconds"] == pytest.approx(3600, abs=2)
    assert (found["index_projects"], found["index_bindings"], found["index_groups"]) == (3, 2, 1)


def test_waiting_messages_and_dead_letters_are_counted() -> None:
    for state, age in (
        (DeliveryState.WAITING, HOUR),
        (DeliveryState.WAITING, HOUR / 2),
        (DeliveryState.DELIVERED, HOUR * 9),
        (DeliveryState.DEAD, HOUR * 9),
    ):
        message(state, age=age)
    found = metrics(now())
    assert (found["outbox_length"], found["outbox_dead"]) == (2, 1)
    assert 3600 <= found["outbox_age_seconds"] < 3660


def test_active_and_provisioning_grants_are_counted() -> None:
    history.grant(now() - HOUR / 2)
    history.grant(now() - HOUR * 9)
    history.grant(now() - HOUR / 4, state=GrantState.PROVISIONING)
    found = metrics(now())
    assert (found["active_grants"], found["provisioning_grants"]) == (1, 1)
    assert 900 <= found["provisioning_age_seconds"] < 960


def test_pending_requests_are_counted() -> None:
    asked = now() - HOUR / 2
    for expires_at in (now() + HOUR, now() - HOUR / 6):
        request = mpa_request()
        rewrite(Request.objects.filter(pk=request.pk), requested_at=asked, expires_at=expires_at)
    found = metrics(now())
    assert found["queue_length"] == 1
    assert 1800 <= found["queue_age_seconds"] < 1860
    assert found["queue_escalated"] == 0


def test_requests_whose_open_stage_was_escalated_are_counted() -> None:
    for escalated_at in (None, now()):
        mpa_request(expires_at=now() + HOUR, stage=1, escalated_at=escalated_at)
    found = metrics(now())
    assert (found["queue_length"], found["queue_escalated"]) == (2, 1)


def run(name: str) -> list[dict[str, Any]]:
    with listening() as lines:
        jobs.run_job(name)
    return lines.of("metrics")


def test_each_round_of_delivery_logs_the_counts_as_numbers(simulated: Simulator) -> None:
    (line,) = run("deliver")
    assert line["metrics"] == dict.fromkeys(NAMES, 0)
    assert "outbox_dead=0" in line["message"]
    assert run("expire") == []


def test_the_command_logs_the_counts(simulated: Simulator, settings: Settings) -> None:
    with listening() as lines:
        call_command("deliver")
    assert len(lines.of("metrics")) == 1
    assert JobRun.objects.get().name == "deliver"


@pytest.mark.parametrize("name", sorted(jobs.JOBS))
def test_every_job_records_its_run(name: str, simulated: Simulator) -> None:
    before = now()
    jobs.run_job(name)
    note = JobRun.objects.get(name=name)
    assert note.last_ended_at is not None
    assert before <= note.last_started_at <= note.last_ended_at
    assert note.failure == ""


def test_a_failed_job_is_recorded_and_raises() -> None:
    with pytest.raises(ValueError, match="oh"), noted("x", clock=now):
        raise ValueError("oh")
    note = JobRun.objects.get(name="x")
    assert note.failure == "ValueError: oh"
    with noted("x", clock=now):
        pass
    note.refresh_from_db()
    assert note.failure == ""


def test_a_killed_job_has_a_recorded_start() -> None:
    with noted("x", clock=now):
        assert JobRun.objects.get(name="x").last_ended_at is None
