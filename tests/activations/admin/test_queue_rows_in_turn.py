"""Decisions about several requests row by row: progress, reloads, second clicks, and what is left over."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command

from activations.jobs import run_job
from activations.models import BulkDecision, BulkDecisionRow, Request, Stop, User
from activations.models.bulk_decision import KEPT_FOR, LEFT_AFTER, STALE_AFTER, VALID_FOR, RowState
from tests.activations.admin.queue import QUEUE, choose, lines, waiting
from tests.activations.admin.reading import text
from tests.journeys.approvals import SET, pending_request
from tests.journeys.shop import PROJECT
from tests.moments import now

APPROVE, DECLINE = "approve_selected", "decline_selected"
INSTANCES = "roles/compute.instanceAdmin.v1"
BY_SCRIPT = {"confirmed": "yes", "scripted": "yes"}


@pytest.fixture
def two_requests(alice: Any) -> list[str]:
    """Create two requests of Alice that Bob is asked to review."""
    return [
        pending_request(alice),
        pending_request(alice, "bob@example.com", entitlementId=f"{PROJECT}:{INSTANCES}"),
    ]


def addresses(page: Any) -> list[str]:
    """Return the addresses to which the script of the page sends its rows."""
    return re.findall(r'data-decide="([^"]+)"', text(page))


def states(keys: list[str]) -> list[str]:
    return [Request.objects.get(pk=key).state for key in keys]


def left_alone(seconds: timedelta = LEFT_AFTER) -> None:
    """Let the decision be as old as if its page was closed this long ago."""
    BulkDecision.objects.update(made_at=now() - seconds, active_at=now() - seconds)


def test_the_page_of_a_script_decides_nothing_before_its_rows_are_sent(
    bob: Any, two_requests: list[str], simulated: Any
) -> None:
    page = choose(bob, APPROVE, *two_requests, **BY_SCRIPT)
    assert "0 of 2 decided" in text(page)
    assert [line.startswith("Waiting ") for line in lines(page)] == [True, True]
    assert not simulated.calls.of(SET)


def test_each_row_is_decided_by_its_own_post_and_keeps_its_result(
    bob: Any, two_requests: list[str]
) -> None:
    page = choose(bob, APPROVE, *two_requests, comment="both", **BY_SCRIPT)
    first, second = addresses(page)
    answer = bob.post(first)
    assert answer.status_code == 200
    assert "Approved" in text(answer)
    assert states(two_requests) == ["approved", "pending"]
    again = bob.get(page.redirect_chain[-1][0])
    assert "1 of 2 decided" in text(again)
    assert [line.split()[0] for line in lines(again)] == ["Approved", "Waiting"]
    assert addresses(again) == [second]
    assert Request.objects.get(pk=two_requests[0]).reviews.get().comment == "both"


def test_a_row_sent_twice_is_decided_once(
    bob: Any, two_requests: list[str], simulated: Any
) -> None:
    first, _ = addresses(choose(bob, APPROVE, *two_requests, **BY_SCRIPT))
    answers = [text(bob.post(first)) for _ in range(2)]
    assert answers[0] == answers[1]
    assert "already made this decision" not in answers[1]
    assert len(simulated.calls.of(SET)) == 1


def test_a_second_click_continues_the_same_decision(bob: Any, two_requests: list[str]) -> None:
    key = {"decision": str(uuid.uuid4())}
    pages = [choose(bob, APPROVE, *two_requests, **BY_SCRIPT, **key) for _ in range(2)]
    assert pages[0].redirect_chain == pages[1].redirect_chain
    assert BulkDecision.objects.count() == 1
    assert BulkDecisionRow.objects.count() == 2


def test_a_row_that_is_being_decided_elsewhere_is_not_decided_again(
    bob: Any, two_requests: list[str], simulated: Any
) -> None:
    first, _ = addresses(choose(bob, APPROVE, *two_requests, **BY_SCRIPT))
    rows = BulkDecisionRow.objects.filter(position=0)
    rows.update(state=RowState.DECIDING, claimed_at=now())
    answer = bob.post(first)
    assert answer.status_code == 202
    assert "In progress" in text(answer)
    assert not simulated.calls.of(SET)
    # The process that claimed it ended without a result.
    rows.update(claimed_at=now() - STALE_AFTER)
    assert bob.post(first).status_code == 200
    assert len(simulated.calls.of(SET)) == 1


def test_without_a_script_ten_rows_are_decided_with_each_click(bob: Any) -> None:
    rows = [waiting(of=f"person{n}@example.com") for n in range(12)]
    page = choose(bob, DECLINE, *rows, comment="no", confirmed="yes")
    assert "10 of 12 decided" in text(page)
    assert "Decide the next 2" in text(page)
    page = bob.post(page.redirect_chain[-1][0], follow=True)
    assert "12 of 12 decided" in text(page)
    assert "Decide the next" not in text(page)


def test_only_the_person_who_decided_sees_the_results_and_continues(
    bob: Any, carol: Any, olga: Any, charlie: Any, two_requests: list[str]
) -> None:
    page = choose(bob, APPROVE, *two_requests, **BY_SCRIPT)
    address, row = page.redirect_chain[-1][0], addresses(page)[0]
    for client in (carol, olga):
        assert client.get(address).status_code == 404
        assert client.post(address).status_code == 404
        assert client.post(row).status_code == 404
    assert charlie.get(address).status_code == 403
    assert charlie.post(row).status_code == 403
    assert bob.get(row).status_code == 405
    assert bob.post(f"{address}99/").status_code == 404
    assert states(two_requests) == ["pending", "pending"]


def test_another_person_cannot_use_the_key_of_a_decision(
    bob: Any, carol: Any, two_requests: list[str]
) -> None:
    key = {"decision": str(uuid.uuid4())}
    choose(bob, APPROVE, *two_requests, **BY_SCRIPT, **key)
    assert (
        choose(carol, DECLINE, two_requests[0], comment="x", **BY_SCRIPT, **key).status_code == 404
    )
    assert BulkDecision.objects.get().email == "bob@example.com"


def test_the_job_finishes_what_a_closed_page_left_as_the_same_person(
    bob: Any, two_requests: list[str]
) -> None:
    page = choose(bob, APPROVE, *two_requests, comment="both", **BY_SCRIPT)
    assert run_job("decide") == {"decided": 0, "dropped": 0, "left": 0}, "the page is still open"
    left_alone()
    assert run_job("decide") == {"decided": 2, "dropped": 0, "left": 0}
    assert states(two_requests) == ["approved", "approved"]
    review = Request.objects.get(pk=two_requests[0]).reviews.get()
    assert (review.reviewer_email, review.comment) == ("bob@example.com", "both")
    shown = bob.get(page.redirect_chain[-1][0])
    assert [line.split()[0] for line in lines(shown)] == ["Approved", "Approved"]
    assert run_job("decide") == {"decided": 0, "dropped": 0, "left": 0}


def test_the_job_checks_everything_again(bob: Any, two_requests: list[str], simulated: Any) -> None:
    page = choose(bob, APPROVE, *two_requests, **BY_SCRIPT)
    user = User.objects.get(email="bob@example.com")
    Stop.objects.create(
        user=user,
        email=user.email,
        reason="lost laptop",
        stopped_at=now(),
        stopped_by="olga@example.com",
    )
    left_alone()
    assert run_job("decide")["decided"] == 2
    assert states(two_requests) == ["pending", "pending"]
    assert not simulated.calls.of(SET)
    assert set(BulkDecisionRow.objects.values_list("word", flat=True)) == {"Refused"}
    assert page.status_code == 200


def test_the_job_does_not_decide_for_somebody_whose_address_changed(
    bob: Any, two_requests: list[str]
) -> None:
    choose(bob, APPROVE, *two_requests, **BY_SCRIPT)
    User.objects.filter(email="bob@example.com").update(email="robert@example.com")
    left_alone()
    assert run_job("decide")["decided"] == 2
    assert states(two_requests) == ["pending", "pending"]
    assert "has another address now" in BulkDecisionRow.objects.earliest("position").details


def test_what_nobody_continued_for_ten_minutes_is_dropped_and_says_so(
    bob: Any, two_requests: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    page = choose(bob, APPROVE, *two_requests, **BY_SCRIPT)
    left_alone(VALID_FOR)
    assert "Not decided" in text(bob.post(addresses(page)[0]))
    call_command("decide")
    assert "0 decided" in capsys.readouterr().out
    assert states(two_requests) == ["pending", "pending"]
    for line in lines(bob.get(page.redirect_chain[-1][0])):
        assert "Nobody continued within 10 minutes" in line


def test_results_are_deleted_after_a_day(bob: Any, two_requests: list[str]) -> None:
    choose(bob, APPROVE, *two_requests, confirmed="yes")
    left_alone(KEPT_FOR - timedelta(minutes=1))
    run_job("decide")
    assert BulkDecision.objects.count() == 1
    left_alone(KEPT_FOR)
    run_job("decide")
    assert BulkDecision.objects.count() == 0
    assert states(two_requests) == ["approved", "approved"]


def test_too_long_comments_and_too_many_rows_are_refused_on_the_confirmation(bob: Any) -> None:
    row = waiting()
    answer = choose(bob, APPROVE, row, comment="x" * 1001, **BY_SCRIPT)
    assert answer.status_code == 400
    assert "x" * 1001 in text(answer)
    answer = choose(bob, APPROVE, *(uuid.uuid4() for _ in range(101)), **BY_SCRIPT)
    assert "Select at most 100 requests" in text(answer)
    assert BulkDecision.objects.count() == 0


def test_the_decision_of_a_row_returns_to_the_list_with_its_filters(
    bob: Any, two_requests: list[str]
) -> None:
    page = text(bob.get(QUEUE, {"project": PROJECT, "o": "-1"}))
    assert f'form="decide-{two_requests[0]}"' in page
    assert f'name="list" value="project={PROJECT}&amp;o=-1"' in page
    sent = {"comment": "no", "list": f"project={PROJECT}&o=-1"}
    answer = bob.post(f"{QUEUE}{two_requests[0]}/decline/", sent)
    assert answer["Location"] == f"{QUEUE}?project={PROJECT}&o=-1"
