"""Exports say who approved, who was asked, who ended access, and whether the row matches its events."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from activations.exports.related import relate, related
from activations.management.commands import verify_evidence
from activations.models import Grant, Request, VerificationRun
from tests.activations.admin.reading import GRANTS, REQUESTS, csv_rows, json_rows
from tests.conftest import PersonClient
from tests.journeys.approvals import decide, pending_request
from tests.journeys.shop import COMPUTE, activate
from tests.rewriting import rewrite


def rows(audrey: Any, address: str) -> list[dict[str, Any]]:
    return json_rows(audrey.post(f"{address}export/", {"format": "jsonl"}))


def test_an_approval_is_in_the_rows_of_grants_and_requests(
    alice: PersonClient, bob: PersonClient, audrey: PersonClient
) -> None:
    assert decide(bob, pending_request(alice), "approve", "for CASE-9").status_code == 200
    for address in (GRANTS, REQUESTS):
        [row] = rows(audrey, address)
        assert row["approved_by"] == ["bob@example.com"]
        assert row["approval_comments"] == ["for CASE-9"]
        assert row["reviewers_asked"] == ["bob@example.com", "carol@example.com"]
        assert row["approved_at"] == [row["decided_at"]]
        assert (row["access_end"], row["break_glass"]) == (None, False)


def test_several_values_share_a_cell(
    alice: PersonClient, bob: PersonClient, audrey: PersonClient
) -> None:
    decide(bob, pending_request(alice), "approve", "for CASE-9")
    [row] = csv_rows(audrey.post(f"{GRANTS}export/", {"format": "csv"}))
    assert row["reviewers_asked"] == "bob@example.com; carol@example.com"


def test_a_declined_request_names_nobody_as_approver(
    alice: PersonClient, bob: PersonClient, audrey: PersonClient
) -> None:
    decide(bob, pending_request(alice), "decline", "no ticket")
    [row] = rows(audrey, REQUESTS)
    assert (row["approved_by"], row["approval_comments"]) == ([], [])


def test_who_ended_access_early_is_named(
    alice: PersonClient, olga: PersonClient, audrey: PersonClient
) -> None:
    activate(alice, COMPUTE)
    grant = Grant.objects.get()
    assert alice.api_post(f"/api/grants/{grant.pk}/end", {"reason": "done"}).status_code == 200
    [row] = rows(audrey, GRANTS)
    assert (row["ended_by"], row["end_reason"]) == ("alice@example.com", "ended by holder")
    assert row["access_end"] == row["actual_end"] != row["planned_end"]
    [request] = rows(audrey, REQUESTS)
    assert request["ended_by"] == ["alice@example.com"]
    assert request["access_end"] == row["access_end"]


def test_the_end_of_access_includes_its_extension(
    alice: PersonClient, audrey: PersonClient
) -> None:
    activate(alice, COMPUTE, minutes=5)
    first = Grant.objects.get()
    extension = {"activationTimeout": 60, "justification": "CASE-124"}
    assert alice.api_post(f"/api/grants/{first.pk}/extend", extension).status_code == 200
    second = Grant.objects.exclude(pk=first.pk).get()
    assert alice.api_post(f"/api/grants/{second.pk}/end", {"reason": "done"}).status_code == 200
    found = {row["grant_id"]: row for row in rows(audrey, GRANTS)}
    before, after = found[str(first.pk)], found[str(second.pk)]
    assert before["end_reason"] == "extended"
    assert before["access_end"] == after["access_end"] == after["actual_end"]
    assert (before["ended_by"], after["ended_by"]) == ("", "alice@example.com")


def test_rows_say_what_the_last_verification_found(
    alice: PersonClient, audrey: PersonClient
) -> None:
    activate(alice, COMPUTE)
    [row] = rows(audrey, GRANTS)
    assert row["differs_from_events"] == ""
    call_command("verify_evidence")
    [row] = rows(audrey, GRANTS)
    assert row["differs_from_events"].startswith("no (verified 20")
    [request] = rows(audrey, REQUESTS)
    assert request["differs_from_events"].startswith("no (verified 20")


def test_a_row_that_differs_says_how(
    alice: PersonClient, audrey: PersonClient, capsys: Any
) -> None:
    activate(alice, COMPUTE)
    rewrite(Grant.objects, eligible_at="folders/9")
    with pytest.raises(CommandError, match="not valid"):
        call_command("verify_evidence")
    [row] = rows(audrey, GRANTS)
    assert "eligible_at is 'folders/9', its event recorded" in row["differs_from_events"]
    [request] = rows(audrey, REQUESTS)
    assert "eligible_at" in request["differs_from_events"]


def test_rows_that_match_as_far_as_compared_are_unknown_when_the_chain_is_not_valid(
    alice: PersonClient, audrey: PersonClient
) -> None:
    activate(alice, COMPUTE)
    with pytest.raises(CommandError, match="not the one in the log"):
        call_command("verify_evidence", "--expect-head", f"1:{'a' * 64}")
    for address in (GRANTS, REQUESTS):
        [row] = rows(audrey, address)
        assert row["differs_from_events"].startswith("unknown (the verification of 20")
        assert row["differs_from_events"].endswith(" found that the chain is not valid)")


def test_a_row_that_differs_is_named_also_when_the_chain_is_not_valid(
    alice: PersonClient, audrey: PersonClient
) -> None:
    activate(alice, COMPUTE)
    rewrite(Grant.objects, eligible_at="folders/9")
    with pytest.raises(CommandError, match="is missing"):
        call_command("verify_evidence", "--expect-head", f"999:{'a' * 64}")
    [row] = rows(audrey, GRANTS)
    assert "eligible_at is 'folders/9', its event recorded" in row["differs_from_events"]


def test_rows_are_unknown_when_more_differ_than_are_stored(
    alice: PersonClient, audrey: PersonClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify_evidence, "MOST_STORED", 1)
    activate(alice, COMPUTE)
    rewrite(Request.objects, justification="none")
    rewrite(Grant.objects, eligible_at="folders/9")
    with pytest.raises(CommandError, match="Rows that differ from their events: 2"):
        call_command("verify_evidence")
    [request] = rows(audrey, REQUESTS)
    assert "justification is 'none'" in request["differs_from_events"]
    [row] = rows(audrey, GRANTS)
    assert row["differs_from_events"].startswith("unknown (the verification of 20")
    assert row["differs_from_events"].endswith(" found more differences than it stored)")


def test_rows_made_after_the_verification_are_not_called_verified(alice: PersonClient) -> None:
    call_command("verify_evidence")
    activate(alice, COMPUTE)
    request = Request.objects.get()
    request.requested_at = VerificationRun.objects.get().started_at + timedelta(seconds=2)
    relate([request])
    assert related(request).differs() == ""
