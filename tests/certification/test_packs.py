"""Access reviews in evidence packs: the pack of one access review, and those of a period; verify.py finds each forgery."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from activations.evidence.verification import verify
from activations.jobs import run_job
from activations.models import Event, EvidencePack
from certification.models import Campaign
from simulator import Simulator
from tests.activations.admin.reading import text
from tests.activations.packs.opened import OpenPack, make, opened
from tests.activations.packs.test_sealed_events import SEALED
from tests.activations.packs.test_tampering import write_both
from tests.certification import campaigns
from tests.certification.campaigns import ALICE, BOB
from tests.certification.test_evidence import decided

pytestmark = pytest.mark.one_database

PACKS = "/admin/evidence-packs/"
ITEMS, REVIEWS = "access_review_items", "access_reviews"
NOT_THERE = "is in the events, but not in access_review_items.jsonl"


def closed(olga: Any, bob: Any) -> Campaign:
    campaign = decided(olga, bob)
    assert campaigns.close(olga, campaign, undecided=4).status_code == 302
    return campaign


def ordered(
    client: Any, campaign: Campaign, folder: Path, simulated: Simulator | None = None
) -> OpenPack:
    """Order the pack of a campaign on its page, let the job make it, unsigned for a simulator, and download it."""
    assert client.post(f"{campaigns.page_of(campaign)}pack/").status_code == 302
    if simulated:
        simulated.self_impersonation = False
    assert run_job("packs")["made"] == 1
    if simulated:
        simulated.self_impersonation = True
    assert f"{campaign.name}</a>" in text(client.get(PACKS))
    key = EvidencePack.objects.latest("ordered_at").pk
    answer = client.post(f"{PACKS}{key}/download")
    file = folder / "review.zip"
    file.write_bytes(b"".join(answer.streaming_content))
    return opened(file, folder / "opened")


def test_the_pack_of_an_access_review_answers_for_itself(
    olga: Any, bob: Any, audrey: Any, charlie: Any, tmp_path: Path
) -> None:
    campaign, _ = closed(olga, bob), campaigns.opened(olga)
    assert charlie.post(f"{campaigns.page_of(campaign)}pack/").status_code == 403
    pack = ordered(audrey, campaign, tmp_path)
    status, said = pack.verify()
    assert (status, said.splitlines()[-1]) == (0, "The pack is valid.")
    assert "Signed by" in said
    [review] = pack.rows(REVIEWS)
    counts = tuple(review[name] for name in ("items", "kept", "removed", "undecided"))
    assert counts == (5, 0, 1, 4)
    [row] = [row for row in pack.rows(ITEMS) if row["decision"]]
    facts = ("member", "decision", "decided_by", "assigned_to", "comment", "version")
    assert tuple(row[name] for name in facts) == (
        *(f"user:{ALICE}", "remove", BOB, f"user:{BOB}"),
        *("left the team", 2),
    )
    kinds = {event["kind"] for event in pack.rows("events")}
    assert {"campaign.created", "campaign.item_assigned", "campaign.closed"} < kinds
    assert f"Access review  {campaign.pk}: Autumn 2030" in (pack.folder / "README.txt").read_text()
    made = Event.objects.get(kind="pack.made").details
    assert made["access_review"] == campaign.pk
    assert verify().holds


EVE = "eve@example.com"
# Forged together; each must be found.
FORGERIES: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    (
        ITEMS,
        {
            "decision": "keep",
            "comment": "fine",
            "decided_by": EVE,
            "assigned_to": f"user:{EVE}",
            "role": "roles/viewer",
            "via_group": "sre@example.com",
        },
        (
            "decision is 'keep', its events say 'remove'",
            "comment is 'fine', its events say 'left the team'",
            f"decided_by is '{EVE}'",
            f"assigned_to is 'user:{EVE}'",
            "its binding is not the one",
            "via_group is 'sre@example.com', not ''",
            "removed is 1, its items say 0",
        ),
    ),
    (ITEMS, {"item": 2}, ('"item":2} is there more than once',)),
    (ITEMS, {"item": 77}, ("item 77 of access review", NOT_THERE)),
    (
        REVIEWS,
        {
            "closed_by": EVE,
            "due_at": "2099-01-01T00:00:00.000000Z",
            "reviewers": [],
            "event_sequence": 1,
        },
        (f"closed_by is '{EVE}'", "due_at is '2099", "reviewers is []", "its last event is"),
    ),
]


@pytest.fixture
def unsigned(olga: Any, bob: Any, audrey: Any, simulated: Simulator, tmp_path: Path) -> OpenPack:
    return ordered(audrey, closed(olga, bob), tmp_path, simulated)


def test_each_forgery_of_an_unsigned_pack_is_found(unsigned: OpenPack) -> None:
    reviews, items = unsigned.rows(REVIEWS), unsigned.rows(ITEMS)
    assert unsigned.verify()[0] == 0
    for table, changes, words in FORGERIES:
        rows = reviews if table == REVIEWS else items
        forged = next(row for row in rows if row.get("decision", "remove") == "remove")
        write_both(unsigned, table, [row | changes if row is forged else row for row in rows])
        finds(unsigned, *words)
        write_both(unsigned, table, rows)
    unsigned.write(REVIEWS, [])
    unsigned.hash_again()
    finds(unsigned, "is in the events, but not in access_reviews.jsonl")
    write_both(unsigned, REVIEWS, reviews)
    hide_the_decision(unsigned)
    finds(unsigned, "its decisions do not match the SHA-256 of the event that closed it")


def hide_the_decision(unsigned: OpenPack) -> None:
    """Seal the event of the decision, as if it were about something else, and let the item be undecided."""
    events = unsigned.rows("events")
    kept = [row | SEALED if row["kind"] == "campaign.item_decided" else row for row in events]
    write_both(unsigned, "events", kept)
    blank = dict.fromkeys(("decision", "comment", "decided_by", "decided_by_subject"), "")
    rows = [row | blank | {"decided_at": None, "version": 0} for row in unsigned.rows(ITEMS)]
    write_both(unsigned, ITEMS, rows)
    [review] = unsigned.rows(REVIEWS)
    write_both(unsigned, REVIEWS, [review | {"removed": 0, "undecided": 5}])


def finds(pack: OpenPack, *words: str) -> None:
    status, said = pack.verify()
    assert status == 1
    assert [one for one in words if one not in said] == [], said


def test_packs_of_a_period_contain_access_reviews_that_were_opened_or_closed_in_it(
    olga: Any, bob: Any, simulated: Simulator, tmp_path: Path
) -> None:
    closed(olga, bob)
    campaigns.created(olga)
    simulated.self_impersonation = False
    pack = make(tmp_path)
    assert len(pack.rows(REVIEWS)) == 1
    assert len(pack.rows(ITEMS)) == 5
    assert pack.verify()[0] == 0
    items = pack.rows(ITEMS)
    write_both(pack, ITEMS, [row for row in items if not row["decision"]])
    finds(pack, NOT_THERE)
    (tmp_path / "other").mkdir()
    of_project = make(tmp_path / "other", "--project", "shop-prod")
    places = {row["attached_to"] for row in of_project.rows(ITEMS)}
    assert all(place == "projects/shop-prod" or "projects/" not in place for place in places)
    status, said = of_project.verify()
    assert status == 0, said
    assert "items of access reviews are not in this pack of one project" in said
