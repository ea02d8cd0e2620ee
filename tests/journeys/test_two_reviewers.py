"""Two reviewers decide at the same time: one decision, one write, and the other reads who was first."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import connection

from activations.models import Grant, Request, Review
from tests.conftest import PersonClient
from tests.journeys.approvals import SET, decide, pending_request
from tests.journeys.test_at_the_same_moment import all_at_once
from tests.rewriting import rewrite

# More tries on PostgreSQL, which locks rows; SQLite has one writer at a time.
TRIES = 30 if connection.vendor == "postgresql" else 10


@pytest.fixture
def people(simulated, transactional_db) -> tuple[PersonClient, PersonClient, PersonClient]:
    emails = ("alice@example.com", "bob@example.com", "carol@example.com")
    alice, bob, carol = (PersonClient(simulated, email) for email in emails)
    return alice, bob, carol


@pytest.mark.slow
@pytest.mark.parametrize("second", ["approve", "decline"])
def test_exactly_one_decision_counts(people, simulated, second):
    alice, bob, carol = people
    for number in range(TRIES):
        request_id = pending_request(alice, minutes=1 + number)
        writes = len(simulated.calls.of(SET))
        answers = all_at_once(
            partial(decide, bob, request_id, "approve"),
            partial(decide, carol, request_id, second, "no"),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        (loser,) = (answer for answer in answers if answer.status_code == 409)
        review = Review.objects.get(request_id=request_id)
        assert loser.json()["message"].startswith(f"{review.reviewer_email} {review.decision}")
        approved = Request.objects.get(pk=request_id).state == "approved"
        assert Grant.objects.filter(request_id=request_id).count() == int(approved)
        assert len(simulated.calls.of(SET)) - writes <= int(approved)
        rewrite(Grant.objects.filter(state="active"), state="ended", end_reason="revoked")


def test_two_concurrent_requests_make_one_pending_request(people):
    alice, *_ = people
    answers = all_at_once(*[lambda: pending_request(alice)] * 4)
    assert len(set(answers)) == 1
    assert Request.objects.count() == 1
