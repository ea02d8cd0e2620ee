"""Reminders and escalations are sent once for each opening of a stage, to those who can still answer."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from activations.domain.states import Channel, Decision, RequestState, ReviewerPart
from activations.models import Address, Event, OutboxMessage, Request, Reviewer, Stop
from activations.services.reminders import PATIENCE, Counts, remind_due
from activations.services.unanswered import remind
from eligibility import providers
from googlecloud.calls import Deadline
from simulator import Simulator
from tests.activations.notifications.rows import NOW, mpa_request, person, review, reviewer
from tests.activations.notifications.stages import DOCUMENT, LEADS, staged
from tests.jitaccess.log_lines import LogLines
from tests.journeys.test_at_the_same_moment import all_at_once
from tests.rewriting import rewrite

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company"), pytest.mark.one_database]

BOB, CAROL = LEADS
DAVE, GRACE = "dave@example.com", "grace@example.com"
REMINDER, ESCALATION = NOW + timedelta(minutes=30), NOW + timedelta(minutes=60)
MEMBERS = "directory.members.list"


@pytest.fixture
def company(simulated: Simulator, settings: Settings) -> Simulator:
    """Dave and Grace are on duty; messages go to Pub/Sub and wait in the outbox."""
    simulated.company.add_group("duty@example.com", [DAVE, GRACE])
    settings.NOTIFICATION_TOPIC = "jit-access"
    settings.NOTIFICATION_BACKGROUND_DELIVERY = False
    return simulated


def run(at: datetime, *, seconds: float = 45) -> Counts:
    read = providers.group_members().people
    return remind_due(now=at, deadline=Deadline(seconds), read_groups=read)


def stop(email: str) -> None:
    Stop.objects.create(email=email, reason="Lost laptop", stopped_at=NOW, stopped_by="olga")


def events(kind: str) -> list[dict[str, Any]]:
    return [event.details for event in Event.objects.filter(kind=kind).order_by("sequence")]


def messages(kind: str) -> list[dict[str, Any]]:
    found = OutboxMessage.objects.filter(kind=kind, channel=Channel.PUBSUB).order_by("created_at")
    return [message.payload["properties"] for message in found]


def test_reviewers_are_reminded_once_after_the_time_of_the_rule() -> None:
    request = staged()
    assert run(REMINDER - timedelta(seconds=1)) == Counts()
    assert run(REMINDER) == Counts(reminded=1)
    assert run(REMINDER) == run(ESCALATION - timedelta(seconds=1)) == Counts()
    request.refresh_from_db()
    assert (request.reminded_at, request.escalated_at) == (REMINDER, None)
    (details,) = events("request.reminded")
    assert (details["stage"], details["notified"]) == (1, [BOB, CAROL])
    assert [message["notified"] for message in messages("RequestReminder")] == [[BOB, CAROL]]


def test_only_people_who_were_told_and_have_not_answered_are_reminded() -> None:
    request = staged(BOB, CAROL, "maria@example.com")
    reviewer(request, "erin@example.com", is_notified=False)
    reviewer(request, "frank@example.com", stage=2)
    review(request, Decision.APPROVED)
    stop("maria@example.com")
    assert run(REMINDER).reminded == 1
    assert events("request.reminded")[0]["notified"] == [CAROL]


def test_a_reviewer_who_answered_under_an_earlier_address_is_not_reminded() -> None:
    request = staged()
    review(request, Decision.APPROVED, by="robert@example.com")
    robert = person("robert@example.com")
    rewrite(Reviewer.objects.filter(email=BOB), user=robert)
    Address.objects.create(person=robert, email="robert@example.com", since=NOW, asserted_at=NOW)
    run(REMINDER)
    assert events("request.reminded")[0]["notified"] == [CAROL]


def test_each_stage_counts_from_its_own_opening() -> None:
    request = staged()
    run(ESCALATION)
    later = NOW + timedelta(hours=2)
    Request.objects.filter(pk=request.pk).update(
        stage=2, stage_opened_at=later, reminded_at=None, escalated_at=None
    )
    request.refresh_from_db()
    reviewer(request, "frank@example.com")
    assert run(later) == Counts()
    assert run(later + timedelta(minutes=30)) == Counts(reminded=1)
    assert run(later + timedelta(minutes=60)) == Counts(escalated=1)
    assert [found["stage"] for found in events("request.reminded")] == [1, 2]
    assert events("request.reminded")[1]["notified"] == ["frank@example.com"]
    assert Reviewer.objects.filter(email=DAVE).count() == 2


@pytest.mark.parametrize(
    "values",
    [
        {"state": RequestState.APPROVED},
        {"state": RequestState.DECLINED},
        {"expires_at": REMINDER},
        {"stage": 0, "stage_opened_at": None},
        {"rule": "", "policy_sha256": ""},
        {"text": DOCUMENT.replace("      remind_after: 30m\n", "")},
    ],
)
def test_nobody_is_reminded_without_need(values: dict[str, Any]) -> None:
    staged(**values)
    mpa_request()
    assert run(REMINDER) == Counts()
    assert not OutboxMessage.objects.exists()


def test_an_escalation_lets_more_people_approve_and_tells_everybody_who_can() -> None:
    request = staged()
    review(request, Decision.APPROVED)
    assert run(ESCALATION - timedelta(seconds=1)) == Counts(reminded=1)
    assert run(ESCALATION) == Counts(escalated=1)
    assert run(ESCALATION + PATIENCE) == Counts()
    request.refresh_from_db()
    assert request.escalated_at == ESCALATION
    added = Reviewer.objects.filter(request=request, part=ReviewerPart.APPROVER).order_by("pk")
    assert [(one.email, one.stage, one.is_notified, one.asked_at) for one in added] == [
        (DAVE, 1, True, ESCALATION),
        (GRACE, 1, True, ESCALATION),
    ]
    (details,) = events("request.escalated")
    assert details["notified"] == [CAROL, DAVE, GRACE]
    assert set(details["rows"]["reviewer"]) == {DAVE, GRACE}
    (message,) = messages("RequestEscalated")
    assert message["notified"] == [CAROL, DAVE, GRACE]
    assert message["escalated_to"] == ["group:duty@example.com"]


def test_people_who_cannot_approve_are_not_asked_by_an_escalation(company: Simulator) -> None:
    robot = "robot@shop-prod.iam.gserviceaccount.com"
    for email in ("alice@example.com", "gus@example.com", "erin@example.com", BOB, robot):
        company.company.join("duty@example.com", email)
    request = staged(CAROL, stage=2)
    review(request, Decision.APPROVED, stage=1)
    Address.objects.create(person=person(BOB), email=BOB, since=NOW, asserted_at=NOW)
    stop("erin@example.com")
    run(ESCALATION)
    assert events("request.escalated")[0]["notified"] == [CAROL, DAVE, GRACE]
    assert not Reviewer.objects.exclude(email__in=[CAROL, DAVE, GRACE]).exists()


def test_a_candidate_who_was_not_told_before_is_told_and_keeps_one_row() -> None:
    request = staged()
    reviewer(request, DAVE, is_notified=False)
    run(ESCALATION)
    assert events("request.escalated")[0]["notified"] == [BOB, CAROL, DAVE, GRACE]
    assert Reviewer.objects.filter(request=request, email=DAVE).count() == 1


def test_a_reviewer_who_was_renamed_is_told_at_the_new_address_and_keeps_one_row() -> None:
    dave = person(DAVE)
    Address.objects.create(person=dave, email=DAVE, since=NOW, asserted_at=NOW)
    request = staged()
    reviewer(request, "david@example.com", user=dave)
    run(ESCALATION)
    assert events("request.escalated")[0]["notified"] == [BOB, CAROL, DAVE, GRACE]
    assert Reviewer.objects.filter(request=request, user=dave).count() == 1


def test_people_can_be_named_by_address() -> None:
    staged(text=DOCUMENT.replace("group:duty@", "user:maria@"))
    run(ESCALATION)
    assert events("request.escalated")[0]["notified"] == [BOB, CAROL, "maria@example.com"]


def test_an_escalation_waits_for_a_group_that_cannot_be_read_for_some_minutes(
    company: Simulator, log: LogLines
) -> None:
    both = '"group:duty@example.com", "user:maria@example.com"'
    staged(text=DOCUMENT.replace('"group:duty@example.com"', both))
    company.company.remove_group("duty@example.com")
    assert run(ESCALATION) == Counts(reminded=1, failed=1)
    assert "The members of duty@example.com cannot be read" in log.of("remind.failed")[0]["message"]
    assert run(ESCALATION + PATIENCE) == Counts(escalated=1)
    assert events("request.escalated")[0]["notified"] == [BOB, CAROL, "maria@example.com"]


def test_an_escalation_to_nobody_is_tried_until_the_group_can_be_read(company: Simulator) -> None:
    request = staged()
    company.company.remove_group("duty@example.com")
    assert run(ESCALATION + PATIENCE).failed == 1
    request.refresh_from_db()
    assert request.escalated_at is None
    company.company.add_group("duty@example.com", [DAVE])
    assert run(ESCALATION + PATIENCE).escalated == 1


@pytest.mark.usefixtures("no_retry_delay")
def test_an_escalation_that_google_does_not_answer_stops_no_other(
    company: Simulator, log: LogLines
) -> None:
    staged()
    staged(text=DOCUMENT.replace("group:duty@", "user:maria@"))
    company.faults.add(MEMBERS, status=503, times=None)
    assert run(ESCALATION) == Counts(reminded=2, escalated=1, failed=1)
    (entry,) = log.of("remind.failed")
    assert (entry["severity"], "Traceback" in entry["message"]) == ("WARNING", False)
    company.faults.clear()
    assert run(ESCALATION) == Counts(escalated=1)


def test_a_rule_that_cannot_be_read_stops_no_other(log: LogLines) -> None:
    staged(policy_sha256="0" * 64)
    staged(rule="renamed")
    staged()
    assert run(REMINDER) == Counts(reminded=1, failed=2)
    assert len(log.of("remind.failed")) == 2


def test_a_group_is_read_once_for_all_requests_of_a_run(company: Simulator) -> None:
    for _ in range(3):
        staged()
    assert run(ESCALATION).escalated == 3
    assert len(company.calls.of(MEMBERS)) == 1


def test_a_run_stops_at_its_deadline_and_the_next_one_continues() -> None:
    staged()
    assert run(REMINDER, seconds=0) == Counts(left=1)
    assert run(REMINDER) == Counts(reminded=1)


@pytest.mark.parametrize(
    "values",
    [
        {"stage": 2, "stage_opened_at": ESCALATION},
        {"stage_opened_at": ESCALATION},
        {"state": RequestState.APPROVED},
        {"expires_at": ESCALATION},
    ],
)
def test_a_stage_that_changed_after_it_was_read_is_left_alone(values: dict[str, Any]) -> None:
    seen = staged()
    rewrite(Request.objects.filter(pk=seen.pk), **values)
    assert not remind(seen, now=ESCALATION)
    assert not Event.objects.filter(kind="request.reminded").exists()


def test_reminders_and_escalations_are_in_the_audit_log(log: LogLines) -> None:
    request = staged()
    run(ESCALATION)
    for event, notified in (
        ("api.remindRequest", f"{BOB}, {CAROL}"),
        ("api.escalateRequest", f"{BOB}, {CAROL}, {DAVE}, {GRACE}"),
    ):
        (entry,) = log.of(event)
        said = entry["logging.googleapis.com/labels"]
        assert said["activation_id"] == request.activation_id
        assert (said["stage"], said["rule"], said["reviewers"]) == ("1", "production", notified)
        assert said["event_hash"]


class Killed(BaseException):
    """The process ends; nothing handles this."""


@contextmanager
def killed_before(statement: int) -> Iterator[list[int]]:
    """Kill the process before its nth statement."""
    count = [0]

    def execute(execute: Callable[..., Any], *arguments: Any) -> Any:
        count[0] += 1
        if count[0] == statement:
            raise Killed
        return execute(*arguments)

    with connection.execute_wrapper(execute):
        yield count


def test_a_run_that_is_killed_before_any_statement_is_completed_by_the_next() -> None:
    statement = 0
    while True:
        statement += 1
        request = staged()
        with killed_before(statement) as count:
            try:
                run(ESCALATION)
            except Killed:
                pass
            else:
                break
        run(ESCALATION)
        mine = Event.objects.filter(request=request).order_by("sequence")
        assert [event.kind for event in mine] == ["request.reminded", "request.escalated"]
        sent = OutboxMessage.objects.filter(request=request).order_by("created_at")
        assert sorted(message.kind for message in sent) == ["RequestEscalated", "RequestReminder"]
        assert Reviewer.objects.filter(request=request).count() == 4
    assert statement > 30
    assert count[0] < statement


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgresql
def test_runs_at_the_same_moment_remind_and_escalate_once() -> None:
    requests = [staged() for _ in range(3)]
    found = all_at_once(*(lambda: run(ESCALATION) for _ in range(4)))
    assert sum(counts.reminded for counts in found) == len(requests)
    assert sum(counts.escalated for counts in found) == len(requests)
    assert sum(counts.failed for counts in found) == 0
    for kind in ("request.reminded", "request.escalated"):
        assert Event.objects.filter(kind=kind).count() == len(requests)
    assert OutboxMessage.objects.count() == 2 * len(requests)
    assert Reviewer.objects.count() == 4 * len(requests)


def test_the_command_prints_what_it_did() -> None:
    out = io.StringIO()
    call_command("remind", stdout=out)
    assert out.getvalue() == "0 reminded, 0 escalated, 0 failed.\n"
