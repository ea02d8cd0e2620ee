"""A campaign from its draft to the patch."""

from __future__ import annotations

import json
from typing import Any

import pytest

from activations.models import Event
from certification.models import Campaign
from tests.activations.admin.reading import csv_rows, text
from tests.certification import campaigns
from tests.certification.campaigns import ALICE, BOB, LIST, NEW, SRE
from tests.moments import now
from tests.rewriting import rewrite

KINDS = ("created", "opened", "items_copied", "item_decided", "closed", "exported")


def test_a_campaign_goes_from_a_draft_over_decisions_to_a_patch(
    olga: Any, alice: Any, audrey: Any
) -> None:
    assert "5 eligible bindings match" in text(olga.post(NEW, campaigns.form(action="preview")))
    campaign = campaigns.opened(olga, reviewers=f"{ALICE}\n{BOB}")
    assert campaign.items.count() == 5
    sre = campaigns.item(campaign, SRE)
    assert sre.reviewer is not None
    assert sre.reviewer.principal == f"user:{ALICE}"
    assert campaigns.decide(alice, sre, "remove", "too broad").status_code == 302
    assert campaigns.close(olga, campaign, undecided=4).status_code == 302
    script = b"".join(campaigns.download(audrey, campaign, "gcloud").streaming_content).decode()
    assert script.count("remove-iam-policy-binding") == 1
    assert f"--member=group:{SRE} --role=roles/viewer" in script
    [resource] = json.loads(
        b"".join(campaigns.download(audrey, campaign, "terraform").streaming_content)
    )
    assert resource["resource"] == "google_folder_iam_member"
    assert resource["member"] == f"group:{SRE}"
    rows = csv_rows(campaigns.download(audrey, campaign, "decisions"))
    assert [row["decision"] for row in rows if row["member"] == f"group:{SRE}"] == ["remove"]
    found = Event.objects.filter(kind__startswith="campaign.").order_by("sequence")
    kinds = [kind.removeprefix("campaign.") for kind in found.values_list("kind", flat=True)]
    assert kinds == [*KINDS, "exported", "exported"]


def test_only_administrators_auditors_and_reviewers_see_a_campaign(
    olga: Any, audrey: Any, alice: Any, charlie: Any, bob: Any
) -> None:
    campaign = campaigns.opened(olga, reviewers=BOB)
    for client, status in ((olga, 200), (audrey, 200), (bob, 200), (alice, 403), (charlie, 403)):
        for page in (LIST, campaigns.page_of(campaign)):
            assert client.get(page).status_code == status, (client.email, page)
    item = campaigns.address(campaigns.item(campaign, ALICE, "compute"))
    assert audrey.get(item).status_code == bob.get(item).status_code == 200
    assert charlie.get(item).status_code == 403


@pytest.mark.parametrize("who", ["audrey", "bob", "charlie"])
def test_only_administrators_create_open_and_close(
    olga: Any, request: pytest.FixtureRequest, who: str
) -> None:
    draft, campaign = campaigns.created(olga), campaigns.opened(olga)
    client = request.getfixturevalue(who)
    assert client.get(NEW).status_code == 403
    assert client.post(NEW, campaigns.form()).status_code == 403
    assert client.post(campaigns.page_of(draft)).status_code == 403
    assert client.post(f"{campaigns.page_of(campaign)}close/", {"undecided": 5}).status_code == 403
    assert sorted(Campaign.objects.values_list("state", flat=True)) == ["draft", "open"]


@pytest.mark.parametrize("file", ["decisions", "gcloud", "terraform"])
def test_downloads_are_for_administrators_and_auditors(olga: Any, bob: Any, file: str) -> None:
    campaign = campaigns.opened(olga, reviewers=BOB)
    assert campaigns.download(bob, campaign, file).status_code == 403


def test_there_is_no_patch_while_decisions_can_change(olga: Any) -> None:
    campaign = campaigns.opened(olga)
    assert campaigns.download(olga, campaign, "gcloud").status_code == 409
    assert campaigns.download(olga, campaign, "terraform").status_code == 409
    assert campaigns.download(olga, campaign, "decisions").status_code == 200


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"project": "shop-prod"}, {ALICE, SRE, "domain:example.com"}),
        ({"role": "editor"}, {"oncall@example.com"}),
        ({"type": "MPA"}, {SRE}),
        ({"member": ALICE}, {ALICE}),
        ({"member": "group:*"}, {SRE, "oncall@example.com"}),
    ],
)
def test_filters_choose_the_items(olga: Any, filters: dict[str, str], expected: set[str]) -> None:
    campaign = campaigns.opened(olga, **filters)
    assert set(campaign.items.values_list("member", flat=True)) == {
        one if ":" in one else f"{'user' if one == ALICE else 'group'}:{one}" for one in expected
    }


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": " "}, "Enter a name"),
        ({"reviewers": ""}, "Name at least one reviewer"),
        ({"reviewers": "serviceAccount:x@example.com"}, "is not a reviewer"),
        ({"due": "soon"}, "Enter the due date"),
        ({"due": "2020-01-01"}, "The due date must be in the future"),
        ({"type": "XYZ"}, "The type must be JIT or MPA"),
    ],
)
def test_a_campaign_that_is_not_allowed_is_not_created(
    olga: Any, values: dict[str, str], words: str
) -> None:
    response = olga.post(NEW, campaigns.form(**values))
    assert response.status_code == 400
    assert words in text(response)
    assert not Campaign.objects.exists()


def test_a_campaign_without_matches_or_with_an_empty_group_stays_a_draft(olga: Any) -> None:
    nothing = campaigns.created(olga, role="roles/none")
    assert "No eligible binding matches" in text(olga.post(campaigns.page_of(nothing)))
    unknown = campaigns.created(olga, reviewers="group:nobody@example.com")
    response = olga.post(campaigns.page_of(unknown))
    assert response.status_code == 400
    assert "no people in the group" in text(response)
    assert set(Campaign.objects.values_list("state", flat=True)) == {"draft"}


def test_a_campaign_is_opened_and_closed_once(olga: Any) -> None:
    campaign = campaigns.opened(olga)
    assert olga.post(campaigns.page_of(campaign)).status_code == 409
    assert campaigns.close(olga, campaign, undecided=5).status_code == 302
    assert campaigns.close(olga, campaign, undecided=5).status_code == 409
    for kind in ("campaign.opened", "campaign.closed"):
        assert Event.objects.filter(kind=kind).count() == 1


def test_closing_confirms_how_many_items_are_undecided(olga: Any, bob: Any) -> None:
    campaign = campaigns.opened(olga)
    campaigns.decide(bob, campaigns.item(campaign, ALICE, "compute"), "keep")
    assert campaigns.close(olga, campaign, undecided=5).status_code == 409
    assert campaign.state == "open"
    assert campaigns.close(olga, campaign, undecided=4).status_code == 302
    assert campaign.state == "closed"


def test_hostile_names_are_escaped_on_pages_and_in_commands(olga: Any) -> None:
    campaign = campaigns.opened(olga, name="<b>x</b>", role="compute")
    item = campaign.items.get()
    hostile = {
        "title": "a'; rm -rf /",
        "place_name": "<script>",
        "member": "user:$(id)@example.com",
    }
    decided = {"decision": "remove", "version": 1, "decided_by": BOB, "decided_at": now()}
    rewrite(campaign.items, **hostile, **decided, comment="=1+1")
    for page in (LIST, campaigns.page_of(campaign), campaigns.address(item)):
        content = text(olga.get(page))
        assert "<b>x</b>" not in content
        assert "<script>" not in content.replace("<script src", "")
    campaigns.close(olga, campaign, undecided=0)
    script = b"".join(campaigns.download(olga, campaign, "gcloud").streaming_content).decode()
    assert "--member='user:$(id)@example.com'" in script
    rows = csv_rows(campaigns.download(olga, campaign, "decisions"))
    assert rows[0]["comment"] == "'=1+1"
