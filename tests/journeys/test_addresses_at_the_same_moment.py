"""Addresses move while requests are decided: each decision applies to one account, without deadlocks."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import connection

from activations.evidence.verification import verify
from activations.models import Address, Grant, Request
from simulator import Simulator
from tests.journeys.accounts import Account
from tests.journeys.approvals import decide, pending_request
from tests.journeys.test_at_the_same_moment import all_at_once

ALICE, BOB = "alice@example.com", "bob@example.com"
TRIES = 10 if connection.vendor == "postgresql" else 3


@pytest.mark.slow
def test_an_approval_and_a_new_owner_of_the_address(
    simulated: Simulator, transactional_db: None
) -> None:
    reviewer = Account(simulated, BOB, subject="bob")
    reviewer.get("/activity")
    for number in range(TRIES):
        simulated.latency = 0.003 * number
        before = Account(simulated, ALICE, subject=f"1{number}", later=2 * number)
        after = Account(simulated, ALICE, subject=f"2{number}", later=2 * number + 1)
        request_id = pending_request(before)
        approval, shown = all_at_once(
            partial(decide, reviewer, request_id, "approve"), partial(after.get, "/activity")
        )
        assert shown.status_code == 200
        assert approval.status_code in {200, 400, 409}, approval.content
        request = Request.objects.get(pk=request_id)
        if approval.status_code == 409:
            assert request.state == "pending"
            assert not request.grants.exists()
        assert after.api_get("/api/grants").json()["grants"] == []


def test_two_people_who_swap_addresses_and_review_each_other(
    simulated: Simulator, transactional_db: None
) -> None:
    for number in range(TRIES):
        one = Account(simulated, ALICE, subject="1", later=2 * number)
        two = Account(simulated, BOB, subject="2", later=2 * number)
        swapped = [
            Account(simulated, BOB, subject="1", later=2 * number + 1),
            Account(simulated, ALICE, subject="2", later=2 * number + 1),
        ]
        one.get("/activity")
        two.get("/activity")
        answers = all_at_once(*[partial(one.get, "/activity") for one in swapped])
        assert [answer.status_code for answer in answers] == [200, 200]
        owners = Address.objects.filter(until=None).order_by("email")
        assert list(owners.values_list("email", "person__subject")) == [
            (ALICE, two.subject),
            (BOB, one.subject),
        ]


@pytest.mark.slow
def test_a_reviewer_is_renamed_while_they_approve(
    simulated: Simulator, transactional_db: None
) -> None:
    alice = Account(simulated, ALICE, subject="1")
    for number in range(TRIES):
        simulated.latency = 0.003 * number
        reviewer = Account(simulated, BOB, subject="3", later=2 * number)
        reviewer.get("/activity")
        request_id = pending_request(alice, minutes=5 + number)
        renamed = Account(simulated, "robert@example.com", subject="3", later=2 * number + 1)
        approval, shown = all_at_once(
            partial(decide, reviewer, request_id, "approve"), partial(renamed.get, "/activity")
        )
        assert shown.status_code in {200, 403}
        assert approval.status_code in {200, 403, 409}, approval.content
        if approval.status_code != 200:
            assert not Grant.objects.filter(request_id=request_id).exists()
            alice.api_post(f"/api/requests/{request_id}/withdraw", {})
    assert verify().problem is None
