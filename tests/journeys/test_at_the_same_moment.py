"""Concurrent requests of many people: all succeed, nothing is lost or duplicated."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from activations.models import Event, Grant, Request
from tests.conftest import PersonClient
from tests.journeys.shop import PROJECT, activate, activations_of

ROLE = f"{PROJECT}:roles/browser"


def all_at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """Run the jobs at the same time, each with its own database connection; return their results."""
    start = Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        start.wait(timeout=10)
        try:
            return job()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


@pytest.fixture
def twenty_people(simulated, transactional_db) -> list[PersonClient]:
    """Return clients of twenty people who may all activate the same role."""
    emails = [f"person{number}@example.com" for number in range(20)]
    for email in emails:
        simulated.company.add_user(email)
    simulated.company.bind(
        f"projects/{PROJECT}",
        "roles/browser",
        [f"user:{email}" for email in emails],
        "has({}.jitAccessConstraint)",
    )
    return [PersonClient(simulated, email) for email in emails]


def test_twenty_people_on_one_project_all_succeed(twenty_people, simulated):
    simulated.latency = 0.02
    answers = all_at_once(*(lambda c=client: activate(c, ROLE) for client in twenty_people))
    assert [answer.status_code for answer in answers] == [200] * 20
    policy = simulated.company.policy(PROJECT)
    for client in twenty_people:
        assert len(activations_of(policy, client.email, "roles/browser")) == 1
    assert set(Grant.objects.values_list("state", flat=True)) == {"active"}
    sequence = list(Event.objects.order_by("sequence").values_list("sequence", flat=True))
    assert sequence == list(range(1, 61))


def test_concurrent_writers_take_turns_instead_of_conflicting(twenty_people, simulated):
    simulated.latency = 0.02
    all_at_once(*(lambda c=client: activate(c, ROLE) for client in twenty_people))
    writes = simulated.calls.of("cloudresourcemanager.projects.setIamPolicy")
    assert [call.status for call in writes] == [200] * 20


def test_a_double_click_makes_one_request_and_one_write(twenty_people, simulated):
    twice = [lambda: activate(twenty_people[0], ROLE, key="same")] * 4
    answers = all_at_once(*twice)
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.json()["requestId"] for answer in answers}) == 1
    assert Request.objects.count() == 1
    assert len(simulated.calls.of("cloudresourcemanager.projects.setIamPolicy")) == 1


def test_two_concurrent_first_requests_of_a_person_create_one_row(twenty_people):
    answers = all_at_once(*[lambda: twenty_people[0].api_get("/api/policy")] * 8)
    assert [answer.status_code for answer in answers] == [200] * 8
