"""A request is declined while somebody else decides: the decline is judged again on what is there then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from typing import Any

import pytest
from django.db import connections

from activations.evidence.verification import verify
from activations.models import Request, Review
from simulator import Simulator
from tests.activations.evidence.recorded_history import differences
from tests.conftest import PersonClient
from tests.journeys.approvals import decide, pending_request
from tests.journeys.policies import Activate, policy
from tests.journeys.stages import (
    LEAD_THEN_SECURITY,
    LEADS,
    TWO_LEADS,
    approve,
    requested,
    rule,
    said,
    staff,
)
from tests.journeys.test_deputies import name

__all__ = ["policy"]

# Google answers so many seconds late, and the other decision takes less.
SLOW = 2.0
DAN = "dan@example.com"
Client = Callable[[str], PersonClient]

pytestmark = pytest.mark.slow


@pytest.fixture
def client(simulated: Simulator, transactional_db: None) -> Client:
    staff(simulated)
    simulated.company.add_user(DAN)
    return partial(PersonClient, simulated)


@pytest.fixture(autouse=True)
def _evidence_holds(transactional_db: None) -> Iterator[None]:
    yield
    assert not verify().problem
    assert not differences()


def meanwhile(
    simulated: Simulator, first: Callable[[], Any], second: Callable[[], Any], *, by: PersonClient
) -> Any:
    """Return the answer of `second`, a decision of this person; while it waits for Google, `first` is done."""
    by.api_get("/api/policy")  # who they are is known before the decision
    slow = simulated.faults.add("*", hang=SLOW)
    with ThreadPoolExecutor(2) as pool:
        later = pool.submit(_closing, second)
        while not (slow.hits or later.done()):
            wait([later], timeout=0.01)
        answer = pool.submit(_closing, first).result()
        assert not later.done(), "it was done before the other one"
        assert answer.status_code == 200, answer.content
        return later.result()


def _closing(job: Callable[[], Any]) -> Any:
    try:
        return job()
    finally:
        connections.close_all()


def declined(person: PersonClient, request_id: str) -> Any:
    return decide(person, request_id, "decline", "no")


def test_a_person_who_approves_meanwhile_cannot_decline(
    client: Client, policy: Activate, simulated: Simulator
) -> None:
    policy(rule(TWO_LEADS))
    request_id = requested(client("alice@example.com"))
    lead = client(LEADS[0])
    answer = meanwhile(
        simulated,
        partial(approve, client(LEADS[0]), request_id),
        partial(declined, lead, request_id),
        by=lead,
    )
    assert said(answer) == (403, "You approved this request before. Another person can decline it")
    assert Request.objects.get().state == "pending"


def test_a_reviewer_of_a_stage_that_is_approved_meanwhile_cannot_decline(
    client: Client, policy: Activate, simulated: Simulator
) -> None:
    policy(rule(LEAD_THEN_SECURITY))
    request_id = requested(client("alice@example.com"))
    answer = meanwhile(
        simulated,
        partial(approve, client(LEADS[0]), request_id),
        partial(declined, client(LEADS[1]), request_id),
        by=client(LEADS[1]),
    )
    assert said(answer) == (409, "Stage 1 is approved. The request waits for other people")
    assert [one.stage for one in Review.objects.all()] == [1]


@pytest.mark.parametrize("is_deputy_first", [True, False])
def test_a_reviewer_and_their_deputy_do_not_both_decide(
    client: Client, policy: Activate, simulated: Simulator, is_deputy_first: bool
) -> None:
    policy(rule(TWO_LEADS))
    lead, dan = client(LEADS[0]), client(DAN)
    assert lead.get("/").status_code == dan.get("/").status_code == 200
    assert name(lead).status_code == 200
    request_id = requested(client("alice@example.com"))
    first, second = (dan, lead) if is_deputy_first else (lead, dan)
    answer = meanwhile(
        simulated,
        partial(approve, first, request_id),
        partial(declined, second, request_id),
        by=second,
    )
    assert answer.status_code == 403
    assert Review.objects.count() == 1
    assert Request.objects.get().state == "pending"


def test_a_decline_that_is_sent_twice_at_once_is_one(client: Client, simulated: Simulator) -> None:
    request_id = pending_request(client("alice@example.com"))
    answer = meanwhile(
        simulated,
        partial(declined, client("bob@example.com"), request_id),
        partial(declined, client("bob@example.com"), request_id),
        by=client("bob@example.com"),
    )
    assert answer.status_code == 200, answer.content
    assert answer.json()["status"] == "DECLINED"
    assert Review.objects.count() == 1


def test_a_decline_after_another_ones_names_who_declined(
    client: Client, simulated: Simulator
) -> None:
    request_id = pending_request(client("alice@example.com"))
    answer = meanwhile(
        simulated,
        partial(declined, client("carol@example.com"), request_id),
        partial(declined, client("bob@example.com"), request_id),
        by=client("bob@example.com"),
    )
    assert answer.status_code == 409
    assert answer.json()["message"].startswith("carol@example.com declined this request")


def test_a_last_approval_that_is_sent_twice_at_once_is_one(
    client: Client, simulated: Simulator
) -> None:
    request_id = pending_request(client("alice@example.com"))
    answer = meanwhile(
        simulated,
        partial(approve, client("bob@example.com"), request_id),
        partial(approve, client("bob@example.com"), request_id),
        by=client("bob@example.com"),
    )
    assert answer.status_code == 200, answer.content
    assert answer.json()["status"] == "ACTIVE"
    assert Review.objects.count() == 1
