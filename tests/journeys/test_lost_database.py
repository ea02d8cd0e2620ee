"""The database is lost while people work: they read what happened, and the reconciler records the rest."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import Error
from django.test import Client
from pytest_django import Settings

from activations.domain.states import GrantState
from activations.iam.dependencies import current_dependencies
from activations.models import Grant, ProjectLease
from activations.reconciliation.run import reconcile
from googlecloud.calls import Deadline
from simulator import Simulator
from tests.conftest import PersonClient
from tests.jitaccess.log_lines import LogLines, labels
from tests.journeys.approvals import SET, decide, pending_request
from tests.journeys.lost_database import answered, failing_from, lost_at
from tests.journeys.shop import (
    COMPUTE,
    PROJECT,
    activate,
    count_activations,
)
from tests.rewriting import rewrite

pytestmark = pytest.mark.django_db(transaction=True)

LONG_AGO = timedelta(minutes=5)
NOT_STORED = "but the result is not stored. The database "


def alices() -> Grant:
    return Grant.objects.get(beneficiary_email="alice@example.com")


def recovered() -> Grant:
    """Let the reconciler work some minutes later, and return Alice's grant."""
    grant = alices()
    rewrite(
        Grant.objects,
        start_time=grant.start_time - LONG_AGO,
        ending_asked_at=grant.ending_asked_at and grant.ending_asked_at - LONG_AGO,
    )
    ProjectLease.objects.update(expires_at=grant.start_time)  # it could not be released
    run()
    return alices()


def run() -> Any:
    return reconcile(
        dependencies=current_dependencies(), scope="organizations/7", deadline=Deadline(60)
    )


def test_access_that_was_granted_but_not_stored_is_named_and_recorded_later(
    alice: PersonClient, simulated: Simulator, log: LogLines
) -> None:
    with lost_at(simulated, SET):
        answer = activate(alice)
    assert answer.status_code == 503
    body = answer.json()
    assert body["message"].startswith(f"Access was granted in IAM, {NOT_STORED}")
    assert "JIT Access records the result when the database works again" in body["message"]
    assert count_activations(simulated, "alice@example.com") == 1
    (entry,) = log.of("database.failed")
    assert entry["severity"] == "ERROR"
    assert "Traceback" not in entry["message"]
    assert labels(entry)["fault"]
    assert log.of("http.error") == []
    grant = alices()
    assert (grant.state, str(grant.request_id)) == (GrantState.PROVISIONING, body["requestId"])
    assert recovered().state == GrantState.ACTIVE


def test_the_page_says_it_too_and_links_the_request(
    alice: PersonClient, simulated: Simulator
) -> None:
    form = {"projectId": PROJECT, "role": COMPUTE, "justification": "CASE-1", "minutes": "30"}
    with lost_at(simulated, SET):
        answer = alice.post("/activate", form)
    page = answer.content.decode()
    assert answer.status_code == 503, page
    assert f"Access was granted in IAM, {NOT_STORED}" in page
    assert f"/requests/{alices().request_id}" in page


def test_an_approval_that_was_not_stored_is_named_and_recorded_later(
    alice: PersonClient, bob: PersonClient, simulated: Simulator
) -> None:
    request_id = pending_request(alice)
    with lost_at(simulated, SET):
        answer = decide(bob, request_id, "approve")
    assert (answer.status_code, answer.json()["requestId"]) == (503, request_id)
    assert answer.json()["message"].startswith(f"Access was granted in IAM, {NOT_STORED}")
    assert recovered().state == GrantState.ACTIVE


def test_an_end_that_was_not_stored_is_named_and_recorded_later(
    alice: PersonClient, simulated: Simulator
) -> None:
    activate(alice)
    grant = alices()
    with lost_at(simulated, SET):
        answer = alice.api_post(f"/api/grants/{grant.pk}/end", {"comment": ""})
    assert answer.status_code == 503
    assert answer.json()["message"].startswith(f"Access was ended in IAM, {NOT_STORED}")
    assert count_activations(simulated, "alice@example.com") == 0
    assert recovered().state == GrantState.ENDED


def test_a_refusal_that_was_not_stored_is_named_and_recorded_later(
    alice: PersonClient, simulated: Simulator
) -> None:
    with lost_at(simulated, SET, status=403, message="Not today."):
        answer = activate(alice)
    assert answer.status_code == 503
    message = answer.json()["message"]
    assert message.startswith("Nothing was granted: ")
    assert NOT_STORED in message
    assert recovered().state == GrantState.FAILED


@pytest.mark.one_database
def test_an_activation_names_the_cause_wherever_the_connection_breaks(
    alice: PersonClient, simulated: Simulator, log: LogLines
) -> None:
    alice.api_get("/api/policy")
    for statement in range(1, 200):
        # What could not be released would let the next attempt wait until the lease ends.
        ProjectLease.objects.update(holder="", expires_at=None)
        with failing_from(statement):
            answer = activate(answered(alice))
        if answer.status_code == 200:
            break
        assert answer.status_code == 503, answer.content
        written = count_activations(simulated, "alice@example.com")
        has_said_so = answer.json()["message"].startswith("Access was granted in IAM")
        assert has_said_so == bool(written)
        if written:
            break
    assert log.of("http.error") == []
    assert statement > 10


def test_what_may_have_been_saved_is_not_called_unchanged(
    alice: PersonClient, simulated: Simulator
) -> None:
    alice.api_get("/api/policy")
    answered(alice)
    with failing_from(1):
        answer = activate(alice)
        page = alice.post("/activate", {"projectId": PROJECT, "role": COMPUTE})
    assert "It is not known whether your change was saved" in answer.json()["message"]
    assert "Look under Activity" in page.content.decode()


def test_the_reconciler_stops_at_once_instead_of_failing_project_by_project(
    alice: PersonClient, log: LogLines
) -> None:
    activate(alice)
    log.entries.clear()
    with failing_from(12), pytest.raises(Error):
        run()
    assert log.of("reconcile.failed") == []


def test_a_scheduler_reads_the_cause_and_the_log_has_one_entry(
    simulated: Simulator, settings: Settings, log: LogLines
) -> None:
    settings.CRON_SERVICE_ACCOUNT = "scheduler@jit-access-host.iam.gserviceaccount.com"
    settings.CRON_AUDIENCE = "https://jit.example.com"
    token = simulated.oidc.sign(settings.CRON_SERVICE_ACCOUNT, settings.CRON_AUDIENCE)
    for job in ("deliver", "expire", "reconcile", "refresh", "start"):
        log.entries.clear()
        with failing_from(1):
            answer = Client().get(f"/cron/{job}", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 503
        assert "The database cannot be reached" in answer.json()["message"]
        (entry,) = log.of("job.failed")
        assert (entry["severity"], labels(entry)["job"]) == ("ERROR", job)
        assert "Traceback" not in entry["message"]
        assert log.of("http.error") == []
