"""Many people at once: everybody succeeds, nothing is lost or doubled."""

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
    """Results of the jobs, all started at the same moment, each on a database connection of its own."""
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
def crowd(simulated, transactional_db) -> list[PersonClient]:
    """Twenty people who may all activate the same role."""
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


def test_twenty_people_on_one_project_all_succeed(crowd, simulated):
    simulated.latency = 0.02
    answers = all_at_once(*(lambda c=client: activate(c, ROLE) for client in crowd))
    assert [answer.status_code for answer in answers] == [200] * 20
    policy = simulated.company.policy(PROJECT)
    for client in crowd:
        assert len(activations_of(policy, client.email, "roles/browser")) == 1
    assert set(Grant.objects.values_list("state", flat=True)) == {"active"}
    sequence = list(Event.objects.order_by("sequence").values_list("sequence", flat=True))
    assert sequence == list(range(1, 61))


def test_our_writers_do_not_fight_over_the_etag(crowd, simulated):
    simulated.latency = 0.02
    all_at_once(*(lambda c=client: activate(c, ROLE) for client in crowd))
    writes = simulated.calls.of("cloudresourcemanager.projects.setIamPolicy")
    assert [call.status for call in writes] == [200] * 20


def test_a_double_click_makes_one_request_and_one_write(crowd, simulated):
    twice = [lambda: activate(crowd[0], ROLE, key="same")] * 4
    answers = all_at_once(*twice)
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.json()["requestId"] for answer in answers}) == 1
    assert Request.objects.count() == 1
    assert len(simulated.calls.of("cloudresourcemanager.projects.setIamPolicy")) == 1


def test_people_seen_for_the_first_time_twice_at_once_are_one_person(crowd):
    answers = all_at_once(*[lambda: crowd[0].api_get("/api/policy")] * 8)
    assert [answer.status_code for answer in answers] == [200] * 8
