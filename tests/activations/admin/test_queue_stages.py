"""The queue and the records of the admin show stages, approvals and approved minutes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from activations.models import Request, Review
from simulator import Simulator
from tests.activations.admin.queue import QUEUE, decide, record_of
from tests.activations.admin.reading import text
from tests.activations.pages.reading import Page
from tests.conftest import PersonClient
from tests.journeys.approvals import pending_request
from tests.journeys.policies import Activate, policy
from tests.journeys.stages import LEADS, requested, rule, staff
from tests.moments import now
from tests.rewriting import rewrite

__all__ = ["policy"]

Person = Callable[[str], PersonClient]
LEADS_THEN_SECURITY = (
    'stages: [{from: ["group:leads@example.com"], count: 2},'
    ' {from: ["group:security@example.com"], count: 1}]'
)
STAGE = "Stage 1 1 of 2 approvals by leads@example.com"


@pytest.fixture
def approved_once(
    alice: PersonClient, person: Person, policy: Activate, simulated: Simulator
) -> str:
    """Return the id of a request that one lead approved for 15 of 30 minutes, in the queue."""
    staff(simulated)
    policy(rule(LEADS_THEN_SECURITY))
    request_id = requested(alice)
    address = f"{QUEUE}{request_id}/approve/"
    answer = person(LEADS[0]).post(address, {"comment": "fine", "minutes": "15"})
    assert answer.status_code == 302
    return request_id


def test_the_card_shows_stages_with_approvals_and_minutes(
    approved_once: str, person: Person
) -> None:
    page = Page(person(LEADS[1]).get(record_of(approved_once)))
    assert f"{STAGE} Approved by {LEADS[0]} for at most 15 min" in page.text
    assert "“fine”" in page.text
    assert "Stage 2 0 of 1 approval by security@example.com" in page.text
    assert page.forms[f"{QUEUE}{approved_once}/approve/"].fields["minutes"] == ["15"]


def test_the_record_shows_them_to_administrators(approved_once: str, olga: Any) -> None:
    page = Page(olga.get(f"/admin/activations/request/{approved_once}/change/"))
    assert f"{STAGE} Approved by {LEADS[0]} for at most 15 min" in page.text
    assert "Asked for 30 min" in page.text


def test_who_approved_for_whom_and_void_approvals_are_told(approved_once: str, olga: Any) -> None:
    rewrite(Review.objects, void_at=now(), on_behalf_of=LEADS[3])
    page = Page(olga.get(f"/admin/activations/request/{approved_once}/change/"))
    assert "Stage 1 0 of 2 approvals" in page.text
    assert f"Approved by {LEADS[0]} for {LEADS[3]}" in page.text
    assert f"Does not count any more: {LEADS[3]} may no longer approve this request." in page.text


def test_a_request_without_stages_shows_its_review_and_the_approved_duration(
    alice: Any, bob: Any, olga: Any
) -> None:
    request_id = pending_request(alice)
    bob.post(f"{QUEUE}{request_id}/approve/", {"comment": "go", "minutes": "10"})
    assert Request.objects.get().granted_minutes == 10
    page = Page(olga.get(f"/admin/activations/request/{request_id}/change/"))
    for words in (
        "Reviews Approved by bob@example.com for at most 10 min",
        "Approved duration 10 min",
    ):
        assert words in page.text


@pytest.mark.parametrize("minutes", ["31", "0", "many"])
def test_minutes_that_cannot_be_approved_are_refused_and_kept(
    alice: Any, bob: Any, minutes: str
) -> None:
    request_id = pending_request(alice)
    answer = bob.post(f"{QUEUE}{request_id}/approve/", {"comment": "go", "minutes": minutes})
    assert answer.status_code == 400
    assert f'value="{minutes}"' in text(answer)
    assert Request.objects.get().state == "pending"
    assert decide(bob, request_id, "approve").status_code == 302
