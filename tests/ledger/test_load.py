"""Fifty people perform four operations each concurrently on one project: no update is lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections

from activations.models import Grant
from simulator import Simulator
from tests.conftest import PersonClient
from tests.ledger.invariants import problems
from tests.ledger.later import reconcile_later
from tests.ledger.world import PROJECTS, World, self_approved_ids
from tests.moments import now

# SQLite has one writer at a time, so more people would only wait longer.
PEOPLE = 50 if connection.vendor == "postgresql" else 20
PATIENCE = 200.0
PROJECT = PROJECTS[0]
FIRST, SECOND, *_ = self_approved_ids(PROJECT)


def all_at_once(jobs: list[Callable[[], Any]]) -> list[Any]:
    """Run the jobs concurrently, each with its own connection; return their results."""
    start = Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        start.wait(timeout=30)
        try:
            return job()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def persist(ask: Callable[[], Any]) -> Any:
    """Repeat the call while it is refused with 409, because a slow machine's queue is long."""
    deadline = time.monotonic() + PATIENCE
    while (answer := ask()).status_code == 409 and time.monotonic() < deadline:
        assert "Too many changes" in answer.json()["message"]
    return answer


def activate(person: PersonClient, role_id: str, minutes: int) -> Any:
    body = {"entitlementIds": [role_id], "justification": "x", "activationTimeout": minutes}
    return person.api_post(f"/api/projects/{PROJECT}/roles/self-activate", body)


def grant_of(person: PersonClient, role_id: str) -> Grant:
    role = role_id.split(":")[1]
    return Grant.objects.filter(beneficiary_email=person.email, role=role, state="active").latest(
        "end_time"
    )


def four_operations(person: PersonClient) -> list[int]:
    """Activate two roles, extend one and end the other."""
    answers = [
        persist(lambda: activate(person, FIRST, 10)),
        persist(lambda: activate(person, SECOND, 20)),
    ]
    longer = {"activationTimeout": 60, "justification": "x"}
    first, second = grant_of(person, FIRST), grant_of(person, SECOND)
    answers += [
        persist(lambda: person.api_post(f"/api/grants/{first.id}/extend", longer)),
        persist(lambda: person.api_post(f"/api/grants/{second.id}/end", {"reason": "x"})),
    ]
    return [answer.status_code for answer in answers]


@pytest.fixture
def world(simulated: Simulator, transactional_db: None) -> World:
    return World.create(simulated, size=PEOPLE)


@pytest.mark.slow
def test_four_concurrent_operations_of_many_people_all_succeed(
    world: World, simulated: Simulator
) -> None:
    people = [PersonClient(simulated, email) for email in world.emails]
    done = all_at_once([partial(four_operations, person) for person in people])
    assert done == [[200] * 4] * PEOPLE
    for person in people:
        ends = Grant.objects.filter(beneficiary_email=person.email, state="active")
        (end,) = ends.values_list("end_time", flat=True)
        assert timedelta(minutes=50) < end - now() <= timedelta(minutes=60)
    _, moment = reconcile_later()
    assert problems(world.before, world.now(), now=moment) == []


def test_concurrent_operations_of_one_person_are_answered_correctly(
    world: World, simulated: Simulator
) -> None:
    person = PersonClient(simulated, world.emails[0])
    assert activate(person, FIRST, 30).status_code == 200
    grant = grant_of(person, FIRST)
    longer = {"activationTimeout": 60, "justification": "x"}
    simulated.latency = 0.02
    answers = all_at_once(
        [
            *[lambda: person.api_post(f"/api/grants/{grant.id}/end", {"reason": "x"})] * 3,
            *[lambda: person.api_post(f"/api/grants/{grant.id}/extend", longer)] * 3,
            *[lambda: activate(person, FIRST, 45)] * 3,
        ]
    )
    assert {answer.status_code for answer in answers} <= {200, 409}, [a.content for a in answers]
    assert {answer.status_code for answer in answers[:3]} == {200}
    _, moment = reconcile_later()
    assert problems(world.before, world.now(), now=moment) == []
