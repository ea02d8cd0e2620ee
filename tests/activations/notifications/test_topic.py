"""Pub/Sub messages have the original's form, and wait while Pub/Sub is unavailable."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from activations.domain.states import Decision
from activations.models import OutboxMessage
from activations.notifications.announce import announce
from activations.notifications.delivery import deliver_due
from activations.notifications.kinds import Announcement
from simulator import Simulator
from tests.activations.notifications.rows import (
    CONDITION,
    NOW,
    Clock,
    grant,
    jit_request,
    mpa_request,
    review,
)

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def published(sim: Simulator, topic: str) -> dict[str, Any]:
    (message,) = sim.company.topics.messages(topic)
    said: dict[str, Any] = json.loads(message.data)
    assert message.attributes["type"] == said["type"]
    assert message.attributes["event_id"] == str(OutboxMessage.objects.get().pk)
    return said


def test_the_message_of_a_self_approval(topic: str, simulated: Simulator, clock: Clock) -> None:
    request = jit_request()
    grants = [grant(request, "roles/a"), grant(request, "roles/b")]
    announce(Announcement.SELF_APPROVED, request=request, now=NOW, grants=grants)
    assert deliver_due(clock=clock).delivered == 1
    assert published(simulated, topic) == {
        "type": "ActivationSelfApproved",
        "attributes": {
            "beneficiary": "alice@example.com",
            "project_id": "shop-prod",
            "role": "roles/a, roles/b",
            "start_time": "2026-03-02T09:30:00Z",
            "end_time": "2026-03-02T09:40:00Z",
            "justification": "CASE-123",
        },
    }


REQUEST = {
    "beneficiary": "alice@example.com",
    "reviewers": ["bob@example.com", "carol@example.com"],
    "project_id": "shop-prod",
    "role": "roles/compute.admin",
    "resource_condition": CONDITION,
    "start_time": "2026-03-02T09:30:00Z",
    "end_time": "2026-03-02T10:30:00Z",
    "justification": "Größe & <Ordnung>",
    "base_url": "https://jit.example.com/",
}


def test_the_message_of_a_request(topic: str, simulated: Simulator, clock: Clock) -> None:
    request = mpa_request("Größe & <Ordnung>", condition=CONDITION)
    announce(Announcement.REQUESTED, request=request, now=NOW)
    deliver_due(clock=clock)
    assert published(simulated, topic) == {
        "type": "RequestActivation",
        "attributes": REQUEST
        | {
            "action_url": f"https://jit.example.com/requests/{request.id}",
            "request_expiry_time": "2026-03-02T10:30:00.120Z",
        },
    }


def test_the_message_of_an_approval(topic: str, simulated: Simulator, clock: Clock) -> None:
    request = mpa_request("Größe & <Ordnung>", condition=CONDITION)
    approved = review(request, Decision.APPROVED, "Fine")
    later = NOW + timedelta(minutes=5)
    granted = grant(request, start_time=later, end_time=later + timedelta(minutes=60))
    announce(Announcement.APPROVED, request=request, now=NOW, grants=[granted], review=approved)
    deliver_due(clock=clock)
    assert published(simulated, topic) == {
        "type": "ActivationApproved",
        "attributes": REQUEST
        | {
            "approver": "bob@example.com",
            "start_time": "2026-03-02T09:35:00Z",
            "end_time": "2026-03-02T10:35:00Z",
        },
    }


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        (Announcement.DECLINED, {"actor": "bob@example.com", "comment": "No."}),
        (Announcement.WITHDRAWN, {"actor": "alice@example.com", "comment": ""}),
        (Announcement.EXPIRED, {"actor": "", "request_expiry_time": "2026-03-02T10:30:00.120Z"}),
        (Announcement.ENDED, {"actor": "olga@example.com", "end_reason": "revoked"}),
        (Announcement.FAILED, {"actor": "", "failure": "Quota exceeded"}),
    ],
)
def test_the_messages_of_other_kinds(
    topic: str, simulated: Simulator, clock: Clock, kind: Announcement, more: dict[str, str]
) -> None:
    request = mpa_request("Größe & <Ordnung>", condition=CONDITION)
    said = review(request, Decision.DECLINED, "No.") if kind is Announcement.DECLINED else None
    over: dict[str, Any] = {}
    if kind is Announcement.ENDED:
        over = {"end_reason": "revoked", "ended_at": NOW}
    if kind is Announcement.FAILED:
        over = {"failure": "Quota exceeded"}
    actor = "olga@example.com" if kind is Announcement.ENDED else ""
    announce(
        kind, request=request, now=NOW, grants=[grant(request, **over)], review=said, actor=actor
    )
    deliver_due(clock=clock)
    found = published(simulated, topic)
    assert found["type"] == kind
    expected = more | {"request_id": str(request.id), "justification": "Größe & <Ordnung>"}
    assert {name: found["attributes"][name] for name in expected} == expected


@pytest.mark.parametrize("status", [429, 503, 404, 403, 500])
def test_a_message_waits_while_the_topic_refuses_it(
    topic: str, simulated: Simulator, clock: Clock, status: int
) -> None:
    simulated.faults.add("pubsub.*", status=status, message="Not now.")
    announce(Announcement.REQUESTED, request=mpa_request(), now=NOW)
    assert deliver_due(clock=clock).postponed == 1
    assert "Publishing event to Pub/Sub failed: " in OutboxMessage.objects.get().last_error
    clock.forward(minutes=1)
    assert deliver_due(clock=clock).delivered == 1
    assert len(simulated.company.topics.messages(topic)) == 1


def test_the_pause_is_as_long_as_pubsub_asks_for(
    topic: str, simulated: Simulator, clock: Clock
) -> None:
    simulated.faults.add("pubsub.*", status=429, message="Slow.", retry_after=300)
    announce(Announcement.REQUESTED, request=mpa_request(), now=NOW)
    deliver_due(clock=clock)
    assert OutboxMessage.objects.get().next_attempt_at == NOW + timedelta(minutes=5)


def test_a_topic_that_stays_missing_makes_a_dead_letter(
    topic: str, simulated: Simulator, settings: Settings, clock: Clock
) -> None:
    settings.NOTIFICATION_TOPIC = "no-such-topic"
    announce(Announcement.REQUESTED, request=mpa_request(), now=NOW)
    while not deliver_due(clock=clock).dead:
        clock.forward(hours=1)
    row = OutboxMessage.objects.get()
    assert row.attempts == 10
    assert row.last_error.startswith(
        "Publishing event to Pub/Sub failed: Pub/Sub topic"
        " 'projects/jit-access-host/topics/no-such-topic' cannot be accessed or does not exist"
    )


def test_a_lost_answer_makes_a_second_message_with_the_same_event_id(
    topic: str, simulated: Simulator, clock: Clock
) -> None:
    simulated.faults.add("pubsub.*", close="after")
    announce(Announcement.REQUESTED, request=mpa_request(), now=NOW)
    deliver_due(clock=clock)
    clock.forward(minutes=1)
    deliver_due(clock=clock)
    first, second = simulated.company.topics.messages(topic)
    assert (first.data, first.attributes) == (second.data, second.attributes)


def test_mail_is_delivered_while_the_topic_is_down(
    topic: str, simulated: Simulator, smtp: Any, clock: Clock
) -> None:
    simulated.faults.add("pubsub.*", status=503, message="Down.", times=None)
    for _ in range(2):
        announce(Announcement.REQUESTED, request=mpa_request(), now=NOW)
    assert str(deliver_due(clock=clock)) == "2 delivered, 1 postponed, 0 dead"
    assert len(smtp.mails) == 2
