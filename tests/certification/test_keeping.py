"""Keeping many items at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from activations.models import Event
from certification.models import Campaign
from tests.activations.admin import eligible
from tests.activations.admin.reading import text
from tests.certification import campaigns
from tests.certification.campaigns import ALICE, BOB
from tests.eligibility.cases import JIT

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


OFFER = "Keep undecided items of this filter"


def check_that_not_all_are_kept(bob: Any, campaign: Campaign, filters: dict[str, str]) -> None:
    """Nothing is offered, and a form that is sent nevertheless changes nothing."""
    assert campaign.items.count() == 2
    assert OFFER not in text(bob.get(campaigns.page_of(campaign), filters))
    page = text(bob.get(f"{campaigns.page_of(campaign)}keep/", filters))
    assert "These are all 2 items of the access review" in page
    assert 'name="comment"' not in page
    response = keep(bob, campaign, **filters, count="2", comment="all")
    assert response.status_code == 400
    assert text(response).count("decide one of them by itself first") == 1
    assert kept(campaign) == 0


def test_never_are_all_items_of_a_campaign_about_one_member_kept_at_once(
    olga: Any, bob: Any
) -> None:
    campaign = campaigns.opened(olga, member=ALICE)
    check_that_not_all_are_kept(bob, campaign, {"member": ALICE})


def test_never_are_all_items_of_a_campaign_about_one_project_kept_at_once(
    olga: Any, bob: Any
) -> None:
    company = eligible.company()
    company.bind("billing", "roles/viewer", ["user:carol@example.com"], JIT)
    eligible.index(company, age=timedelta(minutes=1))
    campaign = campaigns.opened(olga, project="billing", member="user:*")
    check_that_not_all_are_kept(bob, campaign, {"project": "billing"})


def test_the_rest_of_a_narrow_campaign_is_kept_at_once_after_one_decision(
    olga: Any, bob: Any
) -> None:
    campaign = campaigns.opened(olga, member=ALICE)
    campaigns.decide(bob, campaigns.item(campaign, ALICE, "compute"), "keep")
    assert OFFER in text(bob.get(campaigns.page_of(campaign), {"member": ALICE}))
    assert keep(bob, campaign, member=ALICE, count="1", comment="rest").status_code == 302
    assert kept(campaign) == campaign.items.count() == 2


def test_the_only_item_of_a_campaign_can_be_kept(olga: Any, bob: Any) -> None:
    campaign = campaigns.opened(olga, member=ALICE, role="compute")
    assert OFFER in text(bob.get(campaigns.page_of(campaign), {"member": ALICE}))
    assert keep(bob, campaign, member=ALICE, count="1", comment="one").status_code == 302


def test_keeping_is_offered_only_to_who_may_decide_items(olga: Any, bob: Any) -> None:
    campaign = campaigns.opened(olga)
    for client, is_offered in ((olga, False), (bob, True)):
        page = text(client.get(campaigns.page_of(campaign), {"member": ALICE}))
        assert (OFFER in page) is is_offered


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
