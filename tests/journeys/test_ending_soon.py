"""Holders are told once that their access ends soon."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from activations.jobs import run_job
from activations.models import EndingNotice, Grant, OutboxMessage
from activations.notifications.mail_texts import mail_texts
from activations.services.ending_notice import tell_ending_soon
from simulator import Simulator
from tests.activations.evidence.recorded_history import differences
from tests.conftest import PersonClient
from tests.journeys.glass import mails
from tests.journeys.shop import COMPUTE, activate
from tests.journeys.test_at_the_same_moment import all_at_once

__all__ = ["mails"]

WRITE = "cloudresourcemanager.projects.setIamPolicy"
WITHIN = timedelta(minutes=10)
NINE_LEFT, ELEVEN_LEFT = timedelta(minutes=9), timedelta(minutes=11)

pytestmark = [pytest.mark.usefixtures("mails"), pytest.mark.one_database]


def tell(left: timedelta, grant: Grant | None = None) -> int:
    """Run the job when this much of the access is left."""
    held = grant or Grant.objects.latest("start_time", "end_time")
    return tell_ending_soon(now=held.access_end - left, within=WITHIN)


def told(channel: str = "mail") -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(kind="EndingSoon", channel=channel))


def test_the_holder_is_told_once_by_mail_and_topic(alice: PersonClient) -> None:
    activate(alice)
    assert tell(ELEVEN_LEFT) == 0
    assert [tell(NINE_LEFT), tell(NINE_LEFT), tell(timedelta(minutes=1))] == [1, 0, 0]
    grant = Grant.objects.get()
    (mail,) = told()
    assert mail.recipients == {"to": [alice.email], "cc": []}
    extend = f"/grants/{grant.id}/extend"
    assert mail.payload["properties"]["extend_url"].endswith(extend)
    assert mail.payload["subject"] == "Access of alice@example.com to project shop-prod ends soon"
    texts = mail_texts(mail, UTC)
    assert "Extend it if you still need it" in texts.text
    assert extend in texts.text
    assert extend in texts.html
    (message,) = told("pubsub")
    assert message.payload["properties"]["access_end_time"] == grant.end_time.isoformat().replace(
        "+00:00", "Z"
    )
    assert differences() == []


def test_the_link_of_the_mail_leads_to_the_form(alice: PersonClient) -> None:
    activate(alice, minutes=15)
    tell(NINE_LEFT)
    path = told()[0].payload["properties"]["extend_url"].partition("/grants/")[2]
    assert alice.get(f"/grants/{path}").status_code == 200


def test_access_for_ten_minutes_tells_nothing(alice: PersonClient) -> None:
    activate(alice, minutes=10)
    assert tell(NINE_LEFT) == 0


def test_extended_access_is_told_at_its_new_end_only(alice: PersonClient) -> None:
    activate(alice, minutes=30)
    first = Grant.objects.get()
    body = {"activationTimeout": 90, "justification": "CASE-2"}
    assert alice.api_post(f"/api/grants/{first.id}/extend", body).status_code == 200
    later = Grant.objects.exclude(pk=first.pk).get()
    assert tell(NINE_LEFT, first) == 0
    assert tell(NINE_LEFT, later) == 1
    assert EndingNotice.objects.get().grant == later


def test_an_access_of_two_grants_is_told_at_its_last_end(alice: PersonClient) -> None:
    activate(alice, minutes=30)
    first = Grant.objects.get()
    activate(alice, minutes=60)
    assert tell(NINE_LEFT, first) == 0
    assert tell(NINE_LEFT) == 1


def test_access_that_the_holder_ended_tells_nothing(
    alice: PersonClient, simulated: Simulator
) -> None:
    activate(alice)
    grant = Grant.objects.get()
    simulated.faults.add(WRITE, status=403, times=1)
    alice.api_post(f"/api/grants/{grant.id}/end", {})
    grant.refresh_from_db()
    assert grant.ending_asked_at is not None
    assert tell(NINE_LEFT) == 0
    alice.api_post(f"/api/grants/{grant.id}/end", {})
    assert tell(NINE_LEFT) == 0


def test_a_run_that_is_killed_tells_nothing_or_all(alice: PersonClient) -> None:
    activate(alice)

    def die(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("INSERT") and OutboxMessage._meta.db_table in sql:
            raise KeyboardInterrupt
        return execute(sql, *rest)

    with connection.execute_wrapper(die), pytest.raises(KeyboardInterrupt):
        tell(NINE_LEFT)
    assert (told(), EndingNotice.objects.count()) == ([], 0)
    assert tell(NINE_LEFT) == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_several_runs_at_the_same_moment_tell_once(alice: PersonClient) -> None:
    activate(alice)
    at = Grant.objects.get().access_end - NINE_LEFT
    counts = all_at_once(*[lambda: tell_ending_soon(now=at, within=WITHIN)] * 4)
    assert sum(counts) == 1
    assert len(told()) == 1


def test_the_job_that_delivers_tells_at_the_configured_time(
    alice: PersonClient, settings: Settings
) -> None:
    settings.MAIL_SERVER = None
    activate(alice, COMPUTE, minutes=60)
    run_job("deliver")
    assert told("pubsub") == []
    settings.ENDING_SOON = timedelta(minutes=60) - timedelta(milliseconds=1)
    run_job("deliver")
    assert len(told("pubsub")) == 1
