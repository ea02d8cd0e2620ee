"""`manage.py pseudonymize`: a person's names are replaced in all records, and the evidence stays verifiable."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from activations.evidence.triggers import faults
from activations.evidence.verification import recorded_head
from activations.models import Event, Grant, Request, User
from policies import triggers as policies
from tests.activations.packs.opened import OpenPack, make
from tests.activations.traces import traces
from tests.journeys.approvals import decide, pending_request
from tests.journeys.shop import COMPUTE, activate
from tests.ledger.later import reconcile_later

ALICE, BOB = "alice@example.com", "bob@example.com"
NAMED = f"CASE-9, ask Alice@Example.com or {BOB}."


def run(*arguments: str, command: str = "pseudonymize") -> str:
    out = io.StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def hold_and_end(alice: Any, bob: Any) -> None:
    """Alice holds two roles, one of which Bob approved, and ends both; the bindings are removed."""
    request = pending_request(alice, justification=NAMED)
    assert decide(bob, request, "approve", f"fine for {ALICE}").status_code == 200
    assert activate(alice, COMPUTE).status_code == 200
    for grant in Grant.objects.all():
        assert alice.api_post(f"/api/grants/{grant.pk}/end", {"reason": "done"}).status_code == 200
    reconcile_later(timedelta(hours=1))
    call_command("deliver")


def a_pack(folder: Path) -> OpenPack:
    folder.mkdir()
    return make(folder)


@pytest.fixture
def recorded(alice: Any, bob: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A history as version 0.1.0 recorded it, whose rows the reconciler imported, and one of this version."""
    with monkeypatch.context() as patch:
        patch.setattr("activations.evidence.recording.ROWS", "not told")
        hold_and_end(alice, bob)
    assert Event.objects.filter(kind="evidence.imported").count() == 4
    hold_and_end(alice, bob)


def test_the_names_of_two_people_are_replaced_everywhere_and_the_evidence_stays_valid(
    recorded: None, alice: Any, bob: Any, audrey: Any, tmp_path: Any
) -> None:
    people = User.objects.filter(email__in=[ALICE, BOB])
    names = [value for person in people for value in (person.email, person.subject)]
    devices = [*Request.objects.values_list("device_id", flat=True)]
    head, before = str(recorded_head()), a_pack(tmp_path / "before")
    shown = run(ALICE)
    assert "Nothing was changed" in shown
    assert traces(ALICE)
    assert not Event.objects.exclude(pseudonymized_by=None).exists()
    for name in (ALICE, BOB):
        assert "The names were replaced" in run(name, "--yes", "--comment", f"asked by {name}")
    assert traces(*names) == []
    events = Event.objects.filter(kind="person.pseudonymized").order_by("sequence")
    assert [event.comment for event in events] == [
        f"asked by {e.beneficiary_email}" for e in events
    ]
    assert {*devices, *Request.objects.values_list("device_id", flat=True)} == {*devices, ""}
    verified = run("--expect-head", head, command="verify_evidence")
    assert "events contain pseudonyms" in verified
    assert (faults(connection), policies.faults(connection)) == ([], [])
    assert run(ALICE, "--yes") == f"Nothing in the database names {ALICE}.\n"
    after = a_pack(tmp_path / "after")
    for pack in (before, after):
        status, said = pack.verify("--head", head)
        assert (status, "events contain pseudonyms" in said) == (0, pack is after), said
    change_a_pseudonymized_event(after)
    status, said = after.verify()
    assert (status, "was changed: its content does not match its hash" in said) == (1, True)


def change_a_pseudonymized_event(pack: OpenPack) -> None:
    rows = pack.rows("events")
    changed = next(row for row in rows if row["pseudonymized_by"])
    changed["role"] = "roles/viewer"
    pack.write("events", rows)
    pack.hash_again()
