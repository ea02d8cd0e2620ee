"""Campaigns are evidence: triggers protect their rows, and verification finds each row that differs from its events."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from activations.models import ChainHead, Event
from certification.evidence.imports import take_in_existing_campaigns
from certification.models import Campaign, CampaignItem, CampaignReviewer
from tests.activations.evidence.recorded_history import differences, forge
from tests.certification import campaigns
from tests.certification.campaigns import ALICE, BOB, SRE
from tests.moments import now
from tests.rewriting import unprotected

CAROL = "carol@example.com"
ITEM, CAMPAIGN = "certification_campaignitem", "certification_campaign"
REVIEWER, ADDRESS = "certification_campaignreviewer", "certification_revieweraddress"


def decided(olga: Any, bob: Any) -> Campaign:
    """An open campaign: Bob has removed one item, and one was assigned from Carol to him."""
    campaign = campaigns.opened(olga, reviewers=f"{BOB} {CAROL}")
    item = campaigns.item(campaign, ALICE, "compute")
    form = {"action": "assign", "assigned": f"user:{CAROL}", "reviewer": f"user:{BOB}"}
    assert olga.post(campaigns.address(item), form).status_code == 302
    item.refresh_from_db()
    assert campaigns.decide(bob, item, "keep").status_code == 302
    assert campaigns.decide(bob, item, "remove", "left the team").status_code == 302
    return campaign


def test_a_campaign_matches_its_events_at_each_step(olga: Any, bob: Any) -> None:
    campaigns.created(olga)
    assert differences() == []
    campaign = decided(olga, bob)
    assert differences() == []
    assert campaigns.close(olga, campaign, undecided=4).status_code == 302
    campaigns.download(olga, campaign, "decisions")
    assert differences() == []


FORGED = {
    ITEM: {
        "decision = 'keep'": "decision is 'keep', its event recorded 'remove'",
        "comment = 'fine'": "comment is 'fine', its event recorded 'left the team'",
        "decided_by = 'mallory@example.com'": "decided_by is 'mallory@example.com'",
        "version = 7": "version is 7, its event recorded 2",
        "role = 'roles/viewer2'": "its facts do not match the digest",
        "reviewer_id = NULL": f"reviewer is '', its event recorded 'user:{BOB}'",
    },
    CAMPAIGN: {
        "created_by = 'mallory'": "created_by is 'mallory'",
        "due_at = '2099-01-01 00:00:00+00:00'": "due_at is '2099-01-01",
    },
}


@pytest.mark.parametrize("is_closed", [False, True], ids=["open", "closed"])
def test_each_forged_or_missing_row_is_found(olga: Any, bob: Any, is_closed: bool) -> None:
    campaign = decided(olga, bob)
    if is_closed:
        campaigns.close(olga, campaign, undecided=4)
    item = campaigns.item(campaign, ALICE, "compute")
    statements = [
        f"UPDATE {table} SET {', '.join(changes)}"
        + f" WHERE number = {item.number}" * (table == ITEM)
        for table, changes in FORGED.items()
    ]
    other = campaigns.item(campaign, SRE).number
    gone = f"DELETE FROM {ITEM} WHERE number = {other}"
    forge(*statements, gone, f"UPDATE {ADDRESS} SET email = 'x' || email")
    found = "\n".join(str(one) for one in differences())
    expected = [words for changes in FORGED.values() for words in changes.values()]
    missing = f"Campaign-item {other} of access review {campaign.pk}: is missing"
    for words in (
        *expected,
        missing,
        f"user:{CAROL} of access review {campaign.pk}: the addresses",
    ):
        assert found.count(words) == 1, (words, found)
    assert len(found.splitlines()) == len(expected) + 3


def test_rows_without_events_are_found(olga: Any) -> None:
    campaign = campaigns.opened(olga)
    item = campaign.items.latest("number")
    CampaignItem.objects.create(**copied(item, number=6))
    begun = {"due_at": now().replace(year=2099), "created_at": now(), "created_by": ALICE}
    other = Campaign.objects.create(name="Invented", **begun)
    CampaignReviewer.objects.create(campaign=campaign, principal=f"user:{CAROL}")
    assert sorted(str(one) for one in differences()) == [
        f"Campaign {other.pk}: no event records it",
        f"Campaign-item 6 of access review {campaign.pk}: no event records it",
        f"Campaign-reviewer user:{CAROL} of access review {campaign.pk}: no event records it",
    ]


def copied(item: CampaignItem, **changes: Any) -> dict[str, Any]:
    names = {field.attname for field in CampaignItem._meta.concrete_fields} - {"id"}
    return {name: getattr(item, name) for name in names} | changes


REFUSED = {
    "open": (
        f"UPDATE {ITEM} SET member = 'user:mallory@example.com'",
        f"DELETE FROM {ITEM}",
        f"UPDATE {CAMPAIGN} SET name = 'x'",
        f"DELETE FROM {CAMPAIGN}",
        f"UPDATE {REVIEWER} SET principal = 'user:mallory@example.com'",
        f"DELETE FROM {ADDRESS}",
        f"UPDATE {ADDRESS} SET email = 'mallory@example.com'",
    ),
    "closed": (
        f"UPDATE {ITEM} SET comment = 'changed afterwards' WHERE decision <> ''",
        f"UPDATE {ITEM} SET reviewer_id = NULL",
        f"UPDATE {CAMPAIGN} SET state = 'open', closed_at = NULL, closed_by = ''",
        f"UPDATE {CAMPAIGN} SET closed_by = 'mallory'",
    ),
}


def test_the_database_refuses_to_change_facts(olga: Any, bob: Any) -> None:
    campaign = decided(olga, bob)
    for state, statements in REFUSED.items():
        if state == "closed":
            campaigns.close(olga, campaign, undecided=4)
        for statement in statements:
            with (
                pytest.raises(DatabaseError, match=r"append-only|do not change"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)


def test_campaigns_from_before_are_imported_and_go_on(olga: Any, bob: Any) -> None:
    """As the migration finds them: rows without events, and in a draft what an interrupted opening left."""
    draft, going, done = campaigns.created(olga), decided(olga, bob), decided(olga, bob)
    assert campaigns.close(olga, done, undecided=4).status_code == 302
    with unprotected():
        Event.objects.all().delete()
        ChainHead.objects.all().delete()
        left = copied(going.items.latest("number"), campaign_id=draft.pk, reviewer_id=None)
        CampaignItem.objects.create(**left)
        take_in_existing_campaigns(apps)
    assert draft.items.count() == 0
    assert differences() == []
    assert olga.post(campaigns.page_of(draft)).status_code == 302
    assert campaigns.decide(bob, campaigns.item(going, ALICE, "compute"), "keep").status_code == 302
    assert campaigns.close(olga, going, undecided=4).status_code == 302
    assert differences() == []
    forge(f"UPDATE {ITEM} SET decision = 'keep' WHERE decision = 'remove'")
    assert ["its event recorded 'remove'" in str(one) for one in differences()] == [True]


def test_a_campaign_is_not_imported_once_its_events_have_rows(olga: Any) -> None:
    campaigns.created(olga)
    with unprotected():
        take_in_existing_campaigns(apps)
    assert any("which only the migration does" in str(one) for one in differences())
