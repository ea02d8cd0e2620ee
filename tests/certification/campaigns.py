"""Campaigns over the company of `tests.activations.admin.eligible`, created and opened over HTTP."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from certification.models import Campaign, CampaignItem
from simulator import Simulator
from tests.activations.admin import eligible
from tests.activations.admin.reading import text
from tests.moments import now

LIST = "/admin/access-reviews/"
NEW = f"{LIST}new/"
# In the company that `indexed` indexes, Bob and Carol are in the group `sre`, Alice is not.
ALICE = "alice@example.com"
BOB = "bob@example.com"
SRE = "sre@example.com"


def indexed(simulated: Simulator) -> None:
    """Index a company, and let the simulated cloud have the same groups."""
    company = eligible.company()
    eligible.index(company)
    for group in company.groups.values():
        simulated.company.add_group(group.email, list(group.members))


def form(**values: str) -> dict[str, str]:
    due = now().date() + timedelta(days=14)
    facts = {"name": "Autumn 2030", "reviewers": BOB, "due": due.isoformat()}
    return facts | values


def created(olga: Any, **values: str) -> Campaign:
    response = olga.post(NEW, form(**values))
    assert response.status_code == 302, text(response)
    return Campaign.objects.latest("pk")


def opened(olga: Any, **values: str) -> Campaign:
    campaign = created(olga, **values)
    response = olga.post(page_of(campaign))
    assert response.status_code == 302, text(response)
    campaign.refresh_from_db()
    return campaign


def page_of(campaign: Campaign) -> str:
    return f"{LIST}{campaign.pk}/"


def item(campaign: Campaign, member: str, role: str = "") -> CampaignItem:
    rows = campaign.items.filter(member__endswith=member, role__contains=role)
    return rows.get()


def address(found: CampaignItem) -> str:
    return f"{LIST}{found.campaign_id}/items/{found.number}/"


def decide(client: Any, found: CampaignItem, decision: str, comment: str = "", **more: Any) -> Any:
    sent = {"decision": decision, "comment": comment, "seen": found.version} | more
    response = client.post(address(found), sent)
    found.refresh_from_db()
    return response


def close(olga: Any, campaign: Campaign, undecided: int) -> Any:
    response = olga.post(f"{page_of(campaign)}close/", {"undecided": undecided})
    campaign.refresh_from_db()
    return response


def download(client: Any, campaign: Campaign, file: str) -> Any:
    return client.post(f"{page_of(campaign)}download/", {"file": file})


def members(client: Any, campaign: Campaign, **filters: str) -> list[str]:
    """The members that the page of a campaign lists."""
    response = client.get(page_of(campaign), filters)
    assert response.status_code == 200
    rows = re.findall(r'class="field-member">(.*?)</th>', text(response), re.DOTALL)
    return [eligible.plain(row).split()[0] for row in rows]
