"""Several people act on a campaign at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection

from activations.models import Event
from certification.jobs import run_job
from certification.models import Campaign, CampaignItem
from simulator import Simulator
from tests.certification import campaigns
from tests.certification.campaigns import ALICE, BOB
from tests.certification.test_due import DAY, due_in
from tests.conftest import PersonClient
from tests.journeys.test_at_the_same_moment import all_at_once

# More tries on PostgreSQL, which locks rows; SQLite has one writer at a time.
TRIES = 10 if connection.vendor == "postgresql" else 3
OLGA = "olga@example.com"
Client = Callable[[str], PersonClient]

pytestmark = pytest.mark.slow


@pytest.fixture
def client(simulated: Simulator, transactional_db: None) -> Client:
    campaigns.indexed(simulated)
    return partial(PersonClient, simulated)


def sent(client: Any, item: CampaignItem, decision: str) -> Any:
    form = {"decision": decision, "comment": f"because {decision}", "seen": 0}
    return client.post(campaigns.address(item), form)


def decisions(campaign: Campaign) -> int:
    found = Event.objects.filter(kind="campaign.item_decided", details__campaign=campaign.pk)
    return found.count()


def test_of_two_decisions_at_once_one_counts(client: Client, simulated: Simulator) -> None:
    simulated.company.add_group("leads@example.com", [BOB, "carol@example.com"])
    for _ in range(TRIES):
        campaign = campaigns.opened(client(OLGA), reviewers="group:leads@example.com")
        item = campaigns.item(campaign, ALICE, "compute")
        answers = all_at_once(
            partial(sent, client(BOB), item, "keep"),
            partial(sent, client("carol@example.com"), item, "remove"),
        )
        assert sorted(answer.status_code for answer in answers) == [302, 409]
        assert decisions(campaign) == 1
        item.refresh_from_db()
        assert item.version == 1


def test_a_decision_and_the_close_at_once_agree(client: Client) -> None:
    for _ in range(TRIES):
        campaign = campaigns.opened(client(OLGA))
        item = campaigns.item(campaign, ALICE, "compute")
        close = partial(client(OLGA).post, f"{campaigns.page_of(campaign)}close/", {"undecided": 5})
        decided, closed = all_at_once(partial(sent, client(BOB), item, "keep"), close)
        item.refresh_from_db()
        campaign.refresh_from_db()
        was_decided = decided.status_code == 302
        assert (item.decision == "keep") is was_decided
        assert (campaign.state == "closed") is (closed.status_code == 302)
        # The second of the two saw the first, and changed nothing.
        assert was_decided is not (closed.status_code == 302)
        Campaign.objects.filter(pk=campaign.pk, state="open").update(
            state="closed", closed_by=OLGA, closed_at=campaign.due_at
        )


def test_a_campaign_that_is_opened_twice_at_once_has_its_items_once(client: Client) -> None:
    for _ in range(TRIES):
        campaign = campaigns.created(client(OLGA))
        page = campaigns.page_of(campaign)
        answers = all_at_once(*(partial(client(OLGA).post, page) for _ in range(3)))
        assert sorted(answer.status_code for answer in answers) == [302, 409, 409]
        assert campaign.items.count() == 5
        opened = Event.objects.filter(kind="campaign.opened", details__campaign=campaign.pk)
        assert opened.get().details["items"] == 5


def test_two_runs_of_the_job_at_once_mark_a_campaign_once(client: Client) -> None:
    for _ in range(TRIES):
        campaign = due_in(campaigns.opened(client(OLGA)), -DAY)
        runs = all_at_once(*[partial(run_job, "campaigns")] * 3)
        assert sorted(counts["overdue"] for counts in runs) == [0, 0, 1]
        marked = Event.objects.filter(kind="campaign.overdue", details__campaign=campaign.pk)
        assert marked.count() == 1
