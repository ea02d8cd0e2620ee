"""A campaign from its draft to the patch."""

from __future__ import annotations

import json
from typing import Any

import pytest

from activations.models import Event
from certification.models import Campaign
from simulator import Simulator
from tests.activations.admin.reading import csv_rows, text
from tests.certification import campaigns
from tests.certification.campaigns import ALICE, BOB, LIST, NEW, SRE

KINDS = ("created", "opened", "item_decided", "closed", "exported")


@pytest.fixture
def _indexed(simulated: Simulator, db: None) -> None:
    campaigns.indexed(simulated)


pytestmark = pytest.mark.usefixtures("_indexed")


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
