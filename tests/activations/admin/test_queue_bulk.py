"""Deciding several requests in one step: a confirmation, then a result for each."""

from __future__ import annotations

import logging
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin import site

from activations.admin.bulk_actions import Choice, Line
from activations.admin.queue import QueueAdmin
from activations.domain.states import RequestState
from activations.models import QueuedItem, Request
from activations.services.bulk_decisions import Outcome
from tests.activations.admin.queue import QUEUE, choose, escaped, lines, waiting
from tests.activations.admin.reading import text
from tests.journeys.approvals import SET, pending_request
from tests.journeys.policies import Activate, policy
from tests.journeys.shop import PROJECT
from tests.moments import now

pytestmark = pytest.mark.one_database

__all__ = ["policy"]

APPROVE, DECLINE = "approve_selected", "decline_selected"
INSTANCES = "roles/compute.instanceAdmin.v1"
YES = {"confirmed": "yes"}


@pytest.fixture
def two_requests(alice: Any) -> list[str]:
    """Create two requests of Alice that Bob is asked to review."""
    return [
        pending_request(alice),
        pending_request(alice, "bob@example.com", entitlementId=f"{PROJECT}:{INSTANCES}"),
    ]


def states(*keys: str) -> list[str]:
    return [Request.objects.get(pk=key).state for key in keys]


def test_a_confirmation_lists_each_selected_row(
    bob: Any, two_requests: list[str], simulated: Any
) -> None:
    answer = choose(bob, APPROVE, *two_requests)
    assert answer.status_code == 200
    assert "Approve these requests?" in text(answer)
    first, second = lines(answer)
    assert "iam.securityAdmin" in first
    assert "compute.instanceAdmin.v1" in second
    for line in (first, second):
        assert "alice@example.com" in line
        assert "CASE-9" in line
        assert "Probably" in line
    assert states(*two_requests) == ["pending", "pending"]
    assert not simulated.calls.of(SET)


def test_all_confirmed_requests_are_approved_each_in_its_own_write(
    bob: Any, two_requests: list[str], simulated: Any
) -> None:
    answer = choose(bob, APPROVE, *two_requests, comment="both", **YES)
    assert [line.startswith("Approved ") for line in lines(answer)] == [True, True]
    assert states(*two_requests) == ["approved", "approved"]
    assert len(simulated.calls.of(SET)) == 2
    assert set(Request.objects.values_list("reviews__comment", flat=True)) == {"both"}


def test_each_approval_must_meet_the_access_policy(
    bob: Any, two_requests: list[str], policy: Activate, simulated: Any
) -> None:
    policy(
        "name: a, when: {roles: [roles/iam.securityAdmin]}, require: {duration: {max: 5m}}",
        "name: b, when: {folders: [folders/11]}",
    )
    simulated.faults.add("cloudresourcemanager.folders.get", status=403, times=None)
    first, second = lines(choose(bob, APPROVE, *two_requests, **YES))
    assert "no longer than 5 minutes" in first
    assert "depends on the folders above shop-prod" in second
    assert states(*two_requests) == ["pending", "pending"]


def test_the_confirmation_sends_the_shown_selection(bob: Any, two_requests: list[str]) -> None:
    page = text(choose(bob, DECLINE, *two_requests))
    sent = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    keys = [value for name, value in sent if name == "_selected_action"]
    rest = {name: value for name, value in sent if name != "_selected_action"}
    assert keys == two_requests
    bob.post(QUEUE, rest | {"_selected_action": keys, "comment": "not now"})
    assert states(*two_requests) == ["declined", "declined"]


def test_declining_several_needs_a_reason(bob: Any, two_requests: list[str]) -> None:
    answer = choose(bob, DECLINE, *two_requests, comment=" ", **YES)
    assert answer.status_code == 400
    assert "why you decline" in text(answer)
    assert len(lines(answer)) == 2
    assert states(*two_requests) == ["pending", "pending"]


def one_of_each_kind(alice: Any, bob: Any) -> dict[str, str]:
    """Create one request of each kind that a reviewer could select."""
    good = pending_request(alice)
    own = waiting("carol@example.com", of="bob@example.com")
    return {
        "good": good,
        "own": str(own.pk),
        "settled": str(waiting(state=RequestState.WITHDRAWN, decided_at=now()).pk),
        "expired": str(waiting(of="erin@example.com", expires_at=now() - timedelta(1)).pk),
        "foreign": str(waiting("carol@example.com", of="dave@example.com").pk),
        "unknown": str(uuid.uuid4()),
        "nonsense": "1; drop table <x>",
    }


@pytest.fixture
def as_manager(settings: Any) -> None:
    settings.REVIEWERS = ("user:bob@example.com",)


def test_the_confirmation_names_requests_that_will_be_refused_and_why(alice: Any, bob: Any) -> None:
    rows = one_of_each_kind(alice, bob)
    answer = choose(bob, APPROVE, *rows.values())
    told = dict(zip(rows, lines(answer), strict=True))
    assert "Probably" in told["good"]
    assert "alice@example.com withdrew this request" in told["settled"]
    assert "expired before it was reviewed" in told["expired"]
    for name in ("own", "foreign", "unknown", "nonsense"):
        assert "The row does not exist, or you do not have access to it" in told[name], name
    assert escaped("1; drop table <x>") in told["nonsense"]
    assert "7 selected, of which 1 can probably be done" in " ".join(text(answer).split())
    assert "dave@example.com" not in text(answer)


def test_a_mixed_selection_gets_a_result_for_each_row(
    alice: Any, bob: Any, simulated: Any, as_manager: None
) -> None:
    rows = one_of_each_kind(alice, bob)
    asked_again = dict(zip(rows, lines(choose(bob, APPROVE, *rows.values())), strict=True))
    assert "This is your own request" in asked_again["own"]
    answer = choose(bob, APPROVE, *rows.values(), **YES)
    told = dict(zip(rows, lines(answer), strict=True))
    assert told["good"].startswith("Approved ")
    assert "You cannot review your own request" in told["own"]
    assert "withdrew this request" in told["settled"]
    assert "This request expired at" in told["expired"]
    # A manager may decide this request, but the requester has lost the role.
    assert told["foreign"].startswith("Refused ")
    assert "dave@example.com" in told["foreign"]
    for name in ("unknown", "nonsense"):
        assert "The row does not exist, or you do not have access to it" in told[name]
    assert states(*list(rows.values())[:5]) == [
        *("approved", "pending", "withdrawn", "expired", "pending")
    ]
    assert len(simulated.calls.of(SET)) == 1


def test_a_row_selected_twice_is_decided_once(bob: Any, two_requests: list[str]) -> None:
    answer = choose(bob, APPROVE, two_requests[0], two_requests[0], **YES)
    assert len(lines(answer)) == 1


def test_a_repeated_decision_changes_nothing_and_says_so(
    bob: Any, two_requests: list[str], simulated: Any
) -> None:
    choose(bob, APPROVE, *two_requests, **YES)
    answer = choose(bob, APPROVE, *two_requests, **YES)
    told = lines(answer)
    assert len(told) == len(two_requests)
    assert all("You already made this decision" in line for line in told)
    assert len(simulated.calls.of(SET)) == 2


def test_a_refusal_of_google_for_one_does_not_stop_the_others(
    bob: Any, two_requests: list[str], simulated: Any
) -> None:
    simulated.faults.add(SET, status=403, message="no <way>", times=1)
    first, second = lines(choose(bob, APPROVE, *two_requests, **YES))
    assert first.startswith("Failed ")
    assert "no &lt;way&gt;" in first
    assert second.startswith("Approved ")


class FailingList(QueueAdmin):
    """A list whose decision raises an unexpected error."""

    def carry_out(self, action: Any, row: Any, comment: str, request: Any) -> Outcome:
        raise ZeroDivisionError


def test_an_unexpected_error_in_one_row_is_logged_and_does_not_stop_the_others(
    caplog: pytest.LogCaptureFixture, rf: Any
) -> None:
    lists = FailingList(QueuedItem, site)
    choice = Choice(lists.bulk_actions[0], [Line("7", object())])
    with caplog.at_level(logging.ERROR):
        outcome = lists._outcome(choice, choice.lines[0], rf.get("/"))
    assert (outcome.word, outcome.tone) == ("Failed", "failed")
    assert "approve_selected failed for 7" in caplog.text


def test_an_empty_selection_is_reported(bob: Any, two_requests: list[str]) -> None:
    answer = choose(bob, APPROVE)
    assert answer["Location"] == QUEUE
    assert "select at least one row" in text(bob.get(QUEUE))


@pytest.mark.parametrize("action", ["", "delete_selected", "take_access_away", "send_again"])
def test_an_action_that_is_not_offered_is_refused(
    bob: Any, two_requests: list[str], action: str
) -> None:
    assert choose(bob, action, *two_requests, **YES).status_code == 403
    assert states(*two_requests) == ["pending", "pending"]


def test_a_person_without_a_queue_decides_nothing(
    charlie: Any, audrey: Any, olga: Any, two_requests: list[str]
) -> None:
    for client in (charlie, audrey):
        assert choose(client, APPROVE, *two_requests, **YES).status_code == 403
    for line in lines(choose(olga, APPROVE, *two_requests, **YES)):
        assert "does not permit approval by olga@example.com" in line
    assert states(*two_requests) == ["pending", "pending"]


def test_typed_text_is_escaped(bob: Any) -> None:
    row, page = waiting(justification="<img src=x onerror=alert(1)>"), ""
    for answer in (
        choose(bob, DECLINE, row),
        choose(bob, DECLINE, row, comment="</textarea><script>alert(2)</script>"),
        choose(bob, DECLINE, row, comment="<script>alert(3)</script>", **YES),
    ):
        page = text(answer)
        assert "<img src=x" not in page
        assert "<script>alert" not in page
    assert "&lt;img src=x" in page
