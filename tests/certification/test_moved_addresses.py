"""Who reviews when a reviewer was renamed, or their address was given to another account."""

from __future__ import annotations

from typing import Any

import pytest

from simulator import Simulator
from tests.activations.admin.reading import text
from tests.certification import campaigns
from tests.certification.campaigns import ALICE, BOB
from tests.journeys.accounts import Account

pytestmark = pytest.mark.one_database

ROBERT = "robert@example.com"


def renamed(simulated: Simulator, before: str = BOB) -> Account:
    """The account that had this address and is Robert's now."""
    account = Account(simulated, before, subject="111")
    account.get("/")
    account.email = ROBERT
    account.get("/")
    return account


def newcomer(simulated: Simulator, email: str = BOB) -> Account:
    """The account that was given this address."""
    account = Account(simulated, email, subject="222", later=5)
    account.get("/")
    return account


def test_the_earlier_owner_of_a_reviewers_address_neither_sees_nor_decides(
    olga: Any, simulated: Simulator
) -> None:
    earlier, owner = renamed(simulated), newcomer(simulated)
    campaign = campaigns.opened(olga)
    item = campaigns.item(campaign, ALICE, "compute")
    for page in (campaigns.LIST, campaigns.page_of(campaign), campaigns.address(item)):
        assert earlier.get(page).status_code == 403
        assert owner.get(page).status_code == 200
    assert campaigns.decide(earlier, item, "keep").status_code == 403
    assert item.decision == ""
    assert campaigns.decide(owner, item, "keep").status_code == 302


def test_the_earlier_owner_does_not_decide_in_another_campaign_of_theirs(
    olga: Any, simulated: Simulator
) -> None:
    earlier, _ = renamed(simulated), newcomer(simulated)
    campaigns.opened(olga, reviewers=ROBERT)
    item = campaigns.item(campaigns.opened(olga), ALICE, "compute")
    assert earlier.get(campaigns.LIST).status_code == 200
    assert campaigns.decide(earlier, item, "keep").status_code == 403
    assert item.decision == ""


def test_an_open_campaign_passes_to_the_next_owner_of_the_address(
    olga: Any, simulated: Simulator
) -> None:
    earlier = renamed(simulated)
    campaign = campaigns.opened(olga)
    item = campaigns.item(campaign, ALICE, "compute")
    assert campaigns.decide(earlier, item, "keep").status_code == 302
    owner = newcomer(simulated)
    assert campaigns.decide(earlier, item, "remove", "no").status_code == 403
    assert campaigns.decide(owner, item, "remove", "left the team").status_code == 302


def test_a_renamed_account_does_not_judge_the_eligibility_of_its_former_address(
    olga: Any, simulated: Simulator
) -> None:
    earlier, _ = renamed(simulated, ALICE), newcomer(simulated, ALICE)
    item = campaigns.item(campaigns.opened(olga, reviewers=ROBERT), ALICE, "compute")
    response = campaigns.decide(earlier, item, "keep")
    assert (response.status_code, item.decision) == (403, "")
    assert "Nobody judges their own" in text(response)
