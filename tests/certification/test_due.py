"""Reminders before the due date, and what happens after it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from activations.models import Event, OutboxMessage
from activations.notifications.mail_server import MailServer
from activations.notifications.mail_texts import mail_texts
from certification.jobs import run_job
from certification.models import Campaign, CampaignState
from jitaccess.runtime import Platform
from tests.activations.admin.eligible import plain
from tests.activations.admin.reading import text
from tests.certification import campaigns
from tests.certification.campaigns import ALICE, BOB
from tests.moments import now
from tests.rewriting import rewrite

OLGA = "olga@example.com"
DAY = timedelta(days=1)
WRITES = ("INSERT", "UPDATE", "DELETE")


@pytest.fixture(autouse=True)
def _mail(settings: Any) -> None:
    settings.NOTIFICATION_BACKGROUND_DELIVERY = False
    settings.MAIL_SERVER = MailServer(
        host="127.0.0.1", port=1, sender_address="jit@example.com", sender_name="JIT Access"
    )


def due_in(campaign: Campaign, left: timedelta) -> Campaign:
    """Let a campaign have been opened a week ago, with this much time left."""
    at = now()
    moved = {"created_at": at - 7 * DAY, "opened_at": at - 7 * DAY, "due_at": at + left}
    rewrite(Campaign.objects.filter(pk=campaign.pk), **moved)
    campaign.refresh_from_db()
    return campaign


def told(kind: str) -> list[list[str]]:
    rows = OutboxMessage.objects.filter(kind=kind).order_by("created_at", "pk")
    return sorted(row.recipients["to"] for row in rows)


def events(kind: str) -> int:
    return Event.objects.filter(kind=kind).count()


def test_reviewers_are_told_when_a_campaign_opens(olga: Any) -> None:
    campaign = campaigns.opened(olga, reviewers=f"{ALICE} {BOB}")
    assert told("AccessReviewOpened") == [[ALICE], [BOB]]
    message = OutboxMessage.objects.filter(kind="AccessReviewOpened").latest("created_at")
    texts = mail_texts(message, now().tzinfo)  # type: ignore[arg-type]  # an aware time has one
    for content in (texts.text, texts.html):
        assert campaigns.page_of(campaign) in content
        assert "Justification" not in content
    assert olga.get("/admin/activations/outboxmessage/").status_code == 200
    detail = f"/admin/activations/outboxmessage/{message.pk}/change/"
    assert olga.get(detail).status_code == 200


def test_reviewers_with_undecided_items_are_reminded_once(olga: Any, bob: Any) -> None:
    campaign = campaigns.opened(olga, reviewers=f"{ALICE} {BOB}")
    for item in campaign.items.filter(reviewer__principal=f"user:{BOB}"):
        campaigns.decide(bob, item, "keep")
    assert run_job("campaigns") == {"reminded": 0, "overdue": 0, "left": 0}
    due_in(campaign, 2 * DAY)
    assert run_job("campaigns") == {"reminded": 1, "overdue": 0, "left": 0}
    assert run_job("campaigns") == {"reminded": 0, "overdue": 0, "left": 0}
    assert told("AccessReviewReminder") == [[ALICE]]
    assert events("campaign.reminded") == 1


def test_an_overdue_campaign_is_marked_once_and_shown_until_it_is_closed(
    olga: Any, audrey: Any, bob: Any, settings: Any
) -> None:
    campaign = due_in(campaigns.opened(olga), -DAY)
    platform, settings.PLATFORM = settings.PLATFORM, Platform.APP_ENGINE
    proof = {"X-Appengine-Cron": "true", "X-Appengine-User-Ip": "0.1.0.2"}
    for overdue in (1, 0):
        answer = Client().get("/cron/campaigns", headers=proof)
        assert answer.json() == {"reminded": 0, "overdue": overdue, "left": 0}
    settings.PLATFORM = platform
    assert events("campaign.overdue") == 1
    assert told("AccessReviewOverdue") == [[BOB], [OLGA]]
    for client in (olga, audrey):
        assert "5 Overdue access reviews" in plain(text(client.get("/admin/")))
    assert "4 Access reviews for you" in plain(text(bob.get("/admin/")))
    assert "overdue" in plain(text(olga.get(campaigns.LIST)))
    campaigns.close(olga, campaign, undecided=5)
    assert "Overdue access reviews" not in text(olga.get("/admin/"))


def overdue_messages() -> dict[str, int]:
    """How many undecided items each person was told about."""
    rows = OutboxMessage.objects.filter(kind="AccessReviewOverdue")
    return {
        email: row.payload["properties"]["items"] for row in rows for email in row.recipients["to"]
    }


def recorded_as_overdue() -> tuple[int, list[str]]:
    details = Event.objects.get(kind="campaign.overdue").details
    return details["undecided"], details["told"]


def test_the_creator_is_told_when_no_undecided_item_has_a_reviewer(olga: Any) -> None:
    due_in(campaigns.opened(olga, member=ALICE, reviewers=ALICE), -DAY)
    run_job("campaigns")
    assert overdue_messages() == {OLGA: 2}
    assert recorded_as_overdue() == (2, [OLGA])


def test_the_creator_is_told_of_all_undecided_items_and_reviewers_of_theirs(olga: Any) -> None:
    campaign = due_in(campaigns.opened(olga, reviewers=ALICE), -DAY)
    assert campaign.items.filter(reviewer=None).count() == 2
    run_job("campaigns")
    assert overdue_messages() == {ALICE: 3, OLGA: 5}
    assert recorded_as_overdue() == (5, [ALICE, OLGA])


def test_a_creator_who_reviews_is_told_once_of_all_undecided_items(olga: Any) -> None:
    campaign = due_in(campaigns.opened(olga, reviewers=f"{OLGA} {BOB}"), -DAY)
    run_job("campaigns")
    theirs = campaign.items.filter(reviewer__principal=f"user:{BOB}").count()
    assert overdue_messages() == {BOB: theirs, OLGA: 5}
    assert len(told("AccessReviewOverdue")) == 2


def test_nobody_is_told_of_an_overdue_campaign_without_undecided_items(olga: Any, bob: Any) -> None:
    campaign = campaigns.opened(olga, member=ALICE)
    for item in campaign.items.all():
        campaigns.decide(bob, item, "keep")
    due_in(campaign, -DAY)
    run_job("campaigns")
    assert overdue_messages() == {}
    assert recorded_as_overdue() == (0, [])


def test_the_overview_says_nothing_without_overdue_items(olga: Any) -> None:
    campaigns.opened(olga)
    run_job("campaigns")
    assert "Overdue access reviews" not in text(olga.get("/admin/"))


class Killed(BaseException):
    """The process is gone."""


def kill_at_write(number: int, work: Callable[[], object]) -> bool:
    """Run the work, and stop it before its nth write; return whether it came to an end."""
    writes = 0

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal writes
        if re.match("|".join(WRITES), sql):
            writes += 1
            if writes == number:
                raise Killed
        return execute(sql, params, many, context)

    try:
        with connection.execute_wrapper(wrapper):
            work()
    except Killed:
        return False
    return True


def test_a_job_that_is_killed_at_any_write_loses_nothing_and_does_nothing_twice(olga: Any) -> None:
    campaign = due_in(campaigns.opened(olga), -DAY)
    number = 1
    while not kill_at_write(number, lambda: run_job("campaigns")):
        campaign.refresh_from_db()
        is_done = campaign.overdue_at is not None
        assert events("campaign.overdue") == is_done
        assert len(told("AccessReviewOverdue")) == 2 * is_done
        number += 1
    assert number > 5
    run_job("campaigns")
    assert events("campaign.overdue") == 1
    assert len(told("AccessReviewOverdue")) == 2


def test_an_opening_that_is_killed_at_any_write_leaves_a_draft_that_can_be_opened(
    olga: Any,
) -> None:
    campaign = campaigns.created(olga)
    number = 1
    while not kill_at_write(number, lambda: olga.post(campaigns.page_of(campaign))):
        campaign.refresh_from_db()
        assert campaign.state == CampaignState.DRAFT
        assert events("campaign.opened") == len(told("AccessReviewOpened")) == 0
        number += 1
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.OPEN
    assert campaign.items.count() == 5
    assert events("campaign.opened") == len(told("AccessReviewOpened")) == 1
