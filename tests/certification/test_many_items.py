"""A campaign of 5,000 items."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from certification.models import Campaign, CampaignItem
from tests.certification import campaigns
from tests.certification.campaigns import ALICE, LIST

pytestmark = pytest.mark.one_database


MANY = 5000


def with_many_items(olga: Any) -> Campaign:
    campaign = campaigns.opened(olga)
    reviewer = campaign.reviewers.get()
    CampaignItem.objects.bulk_create(
        CampaignItem(
            campaign=campaign,
            number=number,
            reviewer=reviewer,
            member=f"user:p{number}@example.com",
            role="roles/viewer",
            node=f"projects/p{number % 100}",
            activation_type="JIT",
            expression="x",
        )
        for number in range(100, MANY + 100)
    )
    return campaign


def test_pages_take_few_queries_however_many_items_there_are(
    olga: Any, audrey: Any, bob: Any
) -> None:
    campaign = with_many_items(olga)
    page = campaigns.page_of(campaign)
    item = campaigns.address(campaigns.item(campaign, ALICE, "compute"))
    filtered = f"{page}?state=undecided&project=p7&after=1000"
    for client in (olga, audrey, bob):
        client.get(LIST)  # the first visit stores the person
        for address in (LIST, page, filtered, item):
            with CaptureQueriesContext(connection) as captured:
                assert client.get(address).status_code == 200
            assert len(captured) <= 20, (client.email, address, len(captured))


def test_pages_lead_through_all_items_each_once(olga: Any, bob: Any) -> None:
    campaign = with_many_items(olga)
    seen: list[str] = []
    after = "0"
    while found := campaigns.members(bob, campaign, role="viewer", after=after, project="p7"):
        assert len(found) <= 50
        seen += found
        after = str(campaign.items.get(member__endswith=f":{found[-1]}").number)
        if len(found) < 50:
            break
    assert len(seen) == len(set(seen)) == 50
