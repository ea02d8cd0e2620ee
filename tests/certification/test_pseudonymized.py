"""Names in a closed access review are replaced: its digests are renewed, and never cover an earlier change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from activations.domain.caller import Caller
from activations.evidence.pseudonymizing import NotPseudonymized
from activations.evidence.triggers import faults
from activations.evidence.verification import verify
from activations.models import Event
from activations.notifications.mail_server import MailServer
from activations.services.pseudonymize import preview, pseudonymize
from certification.jobs import run_job
from certification.models import Campaign
from simulator import Simulator
from tests.activations.evidence.recorded_history import differences, forge
from tests.activations.traces import traces
from tests.certification import campaigns
from tests.certification.campaigns import ALICE, BOB
from tests.certification.test_due import DAY, OLGA, due_in, told
from tests.certification.test_evidence import ADDRESS, CAMPAIGN, ITEM
from tests.certification.test_packs import closed, finds, ordered
from tests.moments import now

pytestmark = pytest.mark.one_database


@pytest.fixture
def campaign(olga: Any, bob: Any) -> Campaign:
    """Alice is a member, and Bob has decided about her."""
    found = closed(olga, bob)
    call_command("deliver")
    return found


def replace(*names: str) -> None:
    for name in names:
        call_command("pseudonymize", name, "--yes")


def test_an_access_review_and_its_pack_stay_valid(
    campaign: Campaign, audrey: Any, simulated: Simulator, tmp_path: Path
) -> None:
    replace(ALICE, BOB)
    kept = [one for one in traces(ALICE, BOB) if "certification_" in one or "_event." in one]
    assert kept == []
    assert (verify().holds, differences(), faults(connection)) == (True, [], [])
    said = Event.objects.filter(kind="evidence.migrated").values_list("details", flat=True)
    changed = [one["table"] for one in said if "sha256_after" in one]
    assert changed.count("campaign_item") == 2
    assert {"campaign_reviewer", "reviewer_address"} < set(changed)
    pack = ordered(audrey, campaign, tmp_path, simulated)
    status, words = pack.verify()
    assert (status, "events contain pseudonyms" in words) == (0, True), words
    forge(f"UPDATE {ITEM} SET role = 'roles/viewer2' WHERE number = 1")
    assert ["its facts do not match" in str(one) for one in differences()] == [True]
    rows = pack.rows("events")
    next(row for row in rows if row["pseudonymized_by"])["role"] = "roles/viewer"
    pack.write("events", rows)
    pack.hash_again()
    finds(pack, "was changed: its content does not match its hash")


# What is changed before, and what the command says about it.
TAMPERED = {
    f"UPDATE {ITEM} SET role = 'x'": "facts do not match the digest",
    f"UPDATE {ITEM} SET comment = 'x' WHERE version > 0": "comment is 'x', its event recorded",
    f"UPDATE {CAMPAIGN} SET closed_by = 'x'": "closed_by is 'x', its event recorded",
    f"UPDATE {ADDRESS} SET email = 'x' || email": "the addresses of its people",
    f"DELETE FROM {ITEM} WHERE number = 5": "is missing",
    "UPDATE activations_event SET was = 'x' WHERE kind = 'campaign.closed'": "was changed",
}


def test_a_change_from_before_is_never_covered(campaign: Campaign) -> None:
    for statement, words in TAMPERED.items():
        with transaction.atomic():
            forge(statement)
            with pytest.raises(CommandError, match=words):
                replace(BOB)
            transaction.set_rollback(True)
    replace(BOB)
    assert verify().holds


def test_the_creator_of_an_open_access_review_is_needed_until_it_is_closed(olga: Any) -> None:
    """They are told when it is overdue."""
    campaign = campaigns.opened(olga, name="Spring")
    with pytest.raises(CommandError, match="They created the access review 'Spring'"):
        replace(OLGA)
    campaigns.close(olga, campaign, undecided=5)
    replace(OLGA)
    campaign.refresh_from_db()
    assert campaign.created_by.endswith("@removed.invalid")
    assert verify().holds


def test_no_mail_goes_to_a_creator_whose_names_were_replaced_before_the_opening(
    olga: Any, carol: Any, settings: Any
) -> None:
    campaign = campaigns.created(olga)
    replace(OLGA)
    settings.MAIL_SERVER = MailServer(
        host="127.0.0.1", port=1, sender_address="jit@example.com", sender_name="JIT Access"
    )
    settings.ADMINISTRATORS = ("user:carol@example.com",)
    assert carol.post(campaigns.page_of(campaign)).status_code == 302
    due_in(campaign, -DAY)
    assert run_job("campaigns")["overdue"] == 1
    assert told("AccessReviewOverdue") == [[BOB]]


def test_an_access_review_that_is_closed_meanwhile_prevents_it(olga: Any, bob: Any) -> None:
    """The event of the end names nobody, but its digest covers a comment that does."""
    erin, open_one = "erin@example.com", campaigns.opened(olga)
    campaigns.decide(bob, campaigns.item(open_one, ALICE, "compute"), "keep", f"says {erin}")
    found, operator = preview(email=erin, now=now()), Caller(email="olga@example.com", subject="1")
    campaigns.close(olga, open_one, undecided=4)
    with pytest.raises(NotPseudonymized, match="recorded meanwhile"):
        pseudonymize(found=found, comment="", operator=operator, now=now())
    event = pseudonymize(
        found=preview(email=erin, now=now()), comment="", operator=operator, now=now()
    )
    assert event.details["changed"] == {"activations_event": 2, "certification_campaignitem": 1}
    assert (traces(erin), verify().holds) == ([], True)
