"""Keeping many items at once."""

from __future__ import annotations

from typing import Any

import pytest

from activations.models import Event
from certification.models import Campaign
from tests.activations.admin.reading import text
from tests.certification import campaigns
from tests.certification.campaigns import ALICE, BOB

pytestmark = pytest.mark.one_database


def keep(client: Any, campaign: Campaign, **sent: Any) -> Any:
    return client.post(f"{campaigns.page_of(campaign)}keep/", sent)


def kept(campaign: Campaign) -> int:
    return campaign.items.filter(decision="keep").count()


def test_the_undecided_items_of_a_member_are_kept_after_a_confirmation(olga: Any, bob: Any) -> None:
    campaign = campaigns.opened(olga)
    page = bob.get(f"{campaigns.page_of(campaign)}keep/", {"member": ALICE})
    assert 'name="count" value="2"' in text(page)
    response = keep(bob, campaign, member=ALICE, count="2", comment="on call")
    assert response.status_code == 302
    assert kept(campaign) == 2
    events = Event.objects.filter(kind="campaign.item_decided")
    assert {(one.comment, one.details["bulk"]) for one in events} == {("on call", 2)}


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"role": "viewer"},
        {"state": "undecided"},
        {"member": "*"},
        {"project": "*"},
        {"member": "*@example.com"},
    ],
)
def test_never_are_all_items_kept_at_once(olga: Any, bob: Any, filters: dict[str, str]) -> None:
    campaign = campaigns.opened(olga)
    assert bob.get(f"{campaigns.page_of(campaign)}keep/", filters).status_code == 400
    assert keep(bob, campaign, **filters, count="5", comment="all").status_code == 400
    assert kept(campaign) == 0


def test_the_confirmed_number_and_a_comment_are_required(olga: Any, bob: Any) -> None:
    campaign = campaigns.opened(olga)
    assert keep(bob, campaign, member=ALICE, count="1", comment="on call").status_code == 409
    assert keep(bob, campaign, member=ALICE, comment="on call").status_code == 409
    assert keep(bob, campaign, member=ALICE, count="2", comment=" ").status_code == 400
    assert kept(campaign) == 0


def test_items_of_others_and_decided_items_are_left_out(
    olga: Any, bob: Any, carol: Any, charlie: Any
) -> None:
    campaign = campaigns.opened(olga)
    item = campaigns.item(campaign, ALICE, "compute")
    campaigns.decide(bob, item, "remove", "left")
    assert keep(olga, campaign, member=ALICE, count="1", comment="x").status_code == 409
    assert keep(charlie, campaign, member=ALICE, count="1", comment="x").status_code == 403
    assert keep(bob, campaign, member=ALICE, count="1", comment="x").status_code == 302
    item.refresh_from_db()
    assert (item.decision, kept(campaign)) == ("remove", 1)


def test_items_about_the_person_are_left_out(olga: Any, alice: Any, simulated: Any) -> None:
    simulated.company.add_group("leads@example.com", [BOB, ALICE])
    campaign = campaigns.opened(olga, reviewers="group:leads@example.com")
    response = keep(alice, campaign, member=ALICE, count="2", comment="mine")
    assert response.status_code == 409
    assert kept(campaign) == 0
