"""Concurrent workers deliver each message once, immediately after the commit."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from pytest_django import Settings

from activations.domain.states import DeliveryState
from activations.models import OutboxMessage
from activations.notifications.announce import announce
from activations.notifications.background_delivery import BackgroundDelivery, idle
from activations.notifications.claims import claim_next, settle
from activations.notifications.delivery import deliver_due
from activations.notifications.kinds import Announcement
from activations.notifications.resend import resend
from simulator import Simulator
from tests.activations.notifications.rows import NOW, mpa_request
from tests.activations.notifications.smtp_server import SmtpServer

pytestmark = pytest.mark.django_db(transaction=True)
WAIT = 20.0


def test_two_workers_deliver_each_message_once(topic: str, simulated: Simulator) -> None:
    for _ in range(20):
        announce(Announcement.REQUESTED, request=mpa_request(), now=NOW)
    together = threading.Barrier(2)

    def work() -> int:
        try:
            together.wait(WAIT)
            return deliver_due(clock=lambda: NOW).delivered
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        counts = [future.result(WAIT) for future in [pool.submit(work), pool.submit(work)]]
    assert sum(counts) == 20
    messages = simulated.company.topics.messages(topic)
    assert len(messages) == len({message.attributes["event_id"] for message in messages}) == 20
    assert set(OutboxMessage.objects.values_list("state", "attempts")) == {("delivered", 1)}


def test_a_worker_whose_claim_has_ended_changes_nothing(topic: str) -> None:
    announce(Announcement.REQUESTED, request=mpa_request(), now=NOW)
    slow = claim_next(worker="slow", now=NOW)
    fast = claim_next(worker="fast", now=NOW + timedelta(minutes=6))
    assert slow is not None
    assert fast is not None
    assert not settle(slow, worker="slow", state=DeliveryState.DEAD, next_attempt_at=None)
    assert settle(fast, worker="fast", state=DeliveryState.DELIVERED, next_attempt_at=None)
    assert OutboxMessage.objects.get().state == "delivered"


def test_a_message_is_delivered_immediately_after_the_commit(
    smtp: SmtpServer, settings: Settings
) -> None:
    settings.NOTIFICATION_BACKGROUND_DELIVERY = True
    with transaction.atomic():
        announce(Announcement.REQUESTED, request=mpa_request(), now=NOW)
        assert idle(WAIT)
        assert smtp.mails == []
    assert idle(WAIT)
    assert len(smtp.mails) == 1
    assert OutboxMessage.objects.get().state == "delivered"


def test_a_rolled_back_change_sends_no_message(smtp: SmtpServer, settings: Settings) -> None:
    settings.NOTIFICATION_BACKGROUND_DELIVERY = True
    with transaction.atomic():
        announce(Announcement.REQUESTED, request=mpa_request(), now=NOW)
        transaction.set_rollback(True)
    assert idle(WAIT)
    assert smtp.mails == []
    assert not OutboxMessage.objects.exists()


def test_a_dead_letter_sent_again_is_delivered_immediately(
    smtp: SmtpServer, settings: Settings
) -> None:
    announce(Announcement.REQUESTED, request=mpa_request(), now=NOW)
    OutboxMessage.objects.update(state=DeliveryState.DEAD, next_attempt_at=None)
    settings.NOTIFICATION_BACKGROUND_DELIVERY = True
    assert resend([OutboxMessage.objects.get().pk], now=NOW) == 1
    assert idle(WAIT)
    assert len(smtp.mails) == 1


def test_the_command_delivers_what_is_due(
    smtp: SmtpServer, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        announce(Announcement.REQUESTED, request=mpa_request(), now=NOW)
    call_command("deliver", limit=1)
    call_command("deliver")
    assert capsys.readouterr().out == ("1 delivered, 0 postponed, 0 dead.\n" * 2)
    assert len(smtp.mails) == 2


def test_the_background_thread_survives_failures_and_tries_again() -> None:
    rounds: list[int] = []
    seen = threading.Event()

    def deliver() -> float | None:
        rounds.append(1)
        if len(rounds) == 1:
            raise OSError("The database is away")
        if len(rounds) < 4:
            return 0.01
        seen.set()
        return None

    delivery = BackgroundDelivery(deliver)
    delivery.request()
    assert delivery.idle(WAIT)
    delivery.request()
    assert seen.wait(WAIT)
    assert len(rounds) == 4


def test_waiting_for_a_thread_that_does_not_finish_times_out() -> None:
    release = threading.Event()
    delivery = BackgroundDelivery(lambda: (release.wait(WAIT), None)[1])
    delivery.request()
    assert not delivery.idle(0.05)
    release.set()
    assert delivery.idle(WAIT)
