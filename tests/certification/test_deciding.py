"""Who may decide which item, and how decisions change."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from activations.models import Event
from certification.models import CampaignItem
from simulator import Simulator
from tests.activations.admin.reading import text
from tests.certification import campaigns
from tests.certification.campaigns import ALICE, BOB, SRE

pytestmark = pytest.mark.one_database


CAROL = "carol@example.com"


def decided() -> list[Any]:
    found = Event.objects.filter(kind="campaign.item_decided").order_by("sequence")
    return list(found.values("actor_email", "beneficiary_email", "was", "became", "comment"))


def test_a_decision_is_recorded_and_can_be_changed_until_the_campaign_is_closed(
    olga: Any, bob: Any
) -> None:
    campaign = campaigns.opened(olga)
    item = campaigns.item(campaign, ALICE, "compute")
    assert campaigns.decide(bob, item, "keep").status_code == 302
    assert campaigns.decide(bob, item, "remove", "left the team").status_code == 302
    assert (item.decision, item.comment, item.decided_by) == ("remove", "left the team", BOB)
    of_alice = {"actor_email": BOB, "beneficiary_email": ALICE}
    assert decided() == [
        of_alice | {"was": "", "became": "keep", "comment": ""},
        of_alice | {"was": "keep", "became": "remove", "comment": "left the team"},
    ]
    campaigns.close(olga, campaign, undecided=4)
    assert campaigns.decide(bob, item, "keep").status_code == 403  # no open campaign, no pages
    assert item.decision == "remove"


def test_a_closed_campaign_refuses_decisions_of_a_reviewer_of_another_one(
    olga: Any, bob: Any
) -> None:
    campaign, _ = campaigns.opened(olga), campaigns.opened(olga)
    campaigns.close(olga, campaign, undecided=5)
    item = campaigns.item(campaign, ALICE, "compute")
    response = campaigns.decide(bob, item, "keep")
    assert response.status_code == 409
    assert "The campaign is closed now" in text(response)
    assert item.decision == ""


def test_removing_needs_a_comment(olga: Any, bob: Any) -> None:
    item = campaigns.item(campaigns.opened(olga), ALICE, "compute")
    response = campaigns.decide(bob, item, "remove", "  ")
    assert response.status_code == 400
    assert "Explain in a comment" in text(response)
    assert item.decision == ""


def test_a_decision_on_an_outdated_page_changes_nothing(olga: Any, bob: Any) -> None:
    item = campaigns.item(campaigns.opened(olga), ALICE, "compute")
    campaigns.decide(bob, item, "keep", "needed")
    response = campaigns.decide(bob, item, "remove", "old tab", seen=0)
    assert response.status_code == 409
    assert item.decision == "keep"
    assert len(decided()) == 1


def test_the_same_form_sent_twice_is_one_decision(olga: Any, bob: Any) -> None:
    item = campaigns.item(campaigns.opened(olga), ALICE, "compute")
    for _ in range(2):
        assert campaigns.decide(bob, item, "keep", "needed", seen=0).status_code == 302
    assert len(decided()) == 1


def test_others_than_the_assigned_reviewer_cannot_decide(
    olga: Any, audrey: Any, bob: Any, charlie: Any
) -> None:
    campaign = campaigns.opened(olga, reviewers=f"{BOB} {CAROL}")
    item = campaigns.item(campaign, ALICE, "compute")
    assert item.reviewer is not None
    assert item.reviewer.address == CAROL
    for client in (olga, audrey, bob, charlie):
        assert campaigns.decide(client, item, "keep").status_code == 403
        assert item.decision == ""


def test_a_reviewer_sees_only_their_items(olga: Any, bob: Any, carol: Any) -> None:
    campaign = campaigns.opened(olga, reviewers=f"{BOB} {CAROL}")
    both = {*campaigns.members(bob, campaign), *campaigns.members(carol, campaign)}
    assert both < set(campaigns.members(olga, campaign))
    assert not set(campaigns.members(bob, campaign)) & set(campaigns.members(carol, campaign))


def test_nobody_is_assigned_their_own_eligibility_or_that_of_their_group(olga: Any) -> None:
    campaign = campaigns.opened(olga, reviewers=f"{ALICE} {BOB} {CAROL}")
    assigned = {
        (item.member, item.reviewer and item.reviewer.address)
        for item in campaign.items.select_related("reviewer")
    }
    assert {one for member, one in assigned if member == f"user:{ALICE}"} <= {BOB, CAROL}
    # Bob is in the group, Carol is in a group that is in it.
    assert (f"group:{SRE}", ALICE) in assigned


def test_an_item_that_concerns_all_reviewers_has_no_reviewer(olga: Any, alice: Any) -> None:
    campaign = campaigns.opened(olga, reviewers=ALICE)
    assert campaigns.item(campaign, ALICE, "compute").reviewer is None
    assert campaigns.members(olga, campaign, state="unassigned") == [ALICE, ALICE]
    item = campaigns.item(campaign, ALICE, "compute")
    response = olga.post(
        campaigns.address(item), {"action": "assign", "assigned": "", "reviewer": f"user:{ALICE}"}
    )
    assert response.status_code == 400
    assert "about themselves" in text(response)


def test_who_joined_the_group_since_cannot_judge_it(
    olga: Any, alice: Any, simulated: Simulator
) -> None:
    campaign = campaigns.opened(olga, reviewers=ALICE)
    item = campaigns.item(campaign, SRE)
    simulated.company.join(SRE, ALICE)
    assert campaigns.decide(alice, item, "keep").status_code == 403
    assert item.decision == ""


def test_members_of_a_group_review_and_lose_that_right_when_they_leave(
    olga: Any, bob: Any, simulated: Simulator
) -> None:
    simulated.company.add_group("leads@example.com", [BOB, ALICE])
    campaign = campaigns.opened(olga, reviewers="group:leads@example.com")
    item = campaigns.item(campaign, ALICE, "compute")
    assert campaigns.decide(bob, item, "keep").status_code == 302
    simulated.company.leave("leads@example.com", BOB)
    assert campaigns.decide(bob, item, "remove", "no").status_code == 403
    assert item.decision == "keep"


def test_in_a_group_the_concerned_person_cannot_judge_and_another_can(
    olga: Any, alice: Any, bob: Any, simulated: Simulator
) -> None:
    simulated.company.add_group("leads@example.com", [BOB, ALICE])
    campaign = campaigns.opened(olga, reviewers="group:leads@example.com")
    item = campaigns.item(campaign, ALICE, "compute")
    assert campaigns.decide(alice, item, "keep").status_code == 403
    assert item.decision == ""
    assert "Nobody judges their own" in text(alice.get(campaigns.address(item)))
    assert campaigns.decide(bob, item, "keep").status_code == 302


def test_an_administrator_assigns_an_item_to_another_reviewer(
    olga: Any, audrey: Any, bob: Any, carol: Any
) -> None:
    campaign = campaigns.opened(olga, reviewers=f"{BOB} {CAROL}")
    item = campaigns.item(campaign, ALICE, "compute")
    form = {"action": "assign", "assigned": f"user:{CAROL}", "reviewer": f"user:{BOB}"}
    assert audrey.post(campaigns.address(item), form).status_code == 403
    assert carol.post(campaigns.address(item), form).status_code == 403
    assert olga.post(campaigns.address(item), form).status_code == 302
    assert olga.post(campaigns.address(item), form).status_code == 409  # Bob has it already
    assert campaigns.decide(carol, item, "keep").status_code == 403
    assert campaigns.decide(bob, item, "keep").status_code == 302
    assert Event.objects.filter(kind="campaign.item_assigned").count() == 1


@pytest.mark.parametrize(
    "values",
    [
        {"decision": "remove", "comment": ""},
        {"decision": "keep", "decided_by": ""},
        {"decision": "keep", "decided_at": None},
        {"decision": "keep", "decided_by": ALICE},
        {"decision": "keep", "version": 0},
        {"decision": "maybe"},
        {"decision": ""},
    ],
)
def test_the_database_refuses_decisions_that_are_not_allowed(
    olga: Any, values: dict[str, Any]
) -> None:
    campaign = campaigns.opened(olga)
    item = campaigns.item(campaign, ALICE, "compute")
    facts = {"decided_by": BOB, "decided_at": campaign.opened_at, "comment": "x", "version": 1}
    with pytest.raises(IntegrityError), transaction.atomic():
        CampaignItem.objects.filter(pk=item.pk).update(**(facts | values))
