"""Exports of the history contain exactly what the page announces, are recorded and streamed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activations.domain.states import GrantState, RequestState
from activations.exports.grants import GRANTS as GRANT_COLUMNS
from activations.exports.snapshot import AT_ONCE
from activations.models import Event, Grant
from tests.activations.admin import history
from tests.activations.admin.history import HOUR, NOON
from tests.activations.admin.reading import (
    EVENTS,
    GRANTS,
    REQUESTS,
    body,
    csv_rows,
    form,
    json_rows,
    text,
)
from tests.rewriting import rewrite

OUTCOMES = ["ACTIVE", "ENDED", "FAILED", "PROVISIONING"]


@pytest.fixture
def every_outcome(db: None) -> None:
    now = timezone.now() - timedelta(seconds=5)
    history.grant(now)
    history.grant(now, state=GrantState.FAILED)
    history.grant(now, state=GrantState.PROVISIONING)
    history.grant(NOON)


@pytest.mark.parametrize("address", [GRANTS, REQUESTS])
def test_every_outcome_is_in_the_file(audrey: Any, address: str, every_outcome: None) -> None:
    rows = csv_rows(audrey.post(f"{address}export/", {"format": "csv"}))
    assert sorted(row["outcome"] for row in rows) == OUTCOMES
    same = json_rows(audrey.post(f"{address}export/", {"format": "jsonl"}))
    assert sorted(row["outcome"] for row in same) == OUTCOMES


def test_requests_that_never_had_a_grant_are_in_the_file(olga: Any) -> None:
    history.request(state=RequestState.WITHDRAWN, **history.MPA)
    [row] = csv_rows(olga.post(f"{REQUESTS}export/", {"format": "csv"}))
    assert (row["outcome"], row["roles"], row["schema_version"]) == (
        "WITHDRAWN",
        "roles/browser",
        "requests-3",
    )


def test_the_file_has_as_many_rows_as_the_page_says(audrey: Any, every_outcome: None) -> None:
    history.grant(of=history.request(project_id="crm-dev"))
    page = audrey.get(f"{GRANTS}export/", {"project": "billing-prod", "state": "ended"})
    assert form(page)["rows"] == "1"
    assert "Project: billing-prod" in text(page)
    assert "State: Ended" in text(page)
    order = form(page) | {"format": "csv"}
    address = f"{GRANTS}export/?project=billing-prod&state=ended"
    [row] = csv_rows(audrey.post(address, order))
    assert (row["project_id"], row["outcome"]) == ("billing-prod", "ENDED")


def test_the_page_counts_each_outcome(audrey: Any, every_outcome: None) -> None:
    page = " ".join(text(audrey.get(f"{REQUESTS}export/")).split())
    for words in ("Active", "Ended", "Failed", "Being granted"):
        assert f"<dt>{words}</dt> <dd> 1 </dd>" in page


def test_rows_added_meanwhile_are_not_in_the_file(audrey: Any) -> None:
    history.grant()
    order = form(audrey.get(f"{GRANTS}export/")) | {"format": "jsonl"}
    history.grant(timezone.now() + timedelta(seconds=1))
    assert len(json_rows(audrey.post(f"{GRANTS}export/", order))) == 1


def test_an_export_that_would_differ_from_its_page_is_shown_again(audrey: Any) -> None:
    row = history.grant(timezone.now() - HOUR / 2)
    order = form(audrey.get(f"{GRANTS}export/?state=active")) | {"format": "csv"}
    rewrite(
        Grant.objects.filter(pk=row.pk),
        state=GrantState.ENDED,
        end_reason="revoked",
        ended_at=timezone.now(),
    )
    response = audrey.post(f"{GRANTS}export/?state=active", order)
    assert response.status_code == 409
    assert "The history has changed" in text(response)
    assert form(response)["rows"] == "0"
    assert not Event.objects.filter(kind="history.exported").exists()


def test_an_incomplete_file_fails_instead_of_looking_complete(audrey: Any) -> None:
    history.grant()
    done = False

    def change(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        """Change the row once the event about the export is stored."""
        nonlocal done
        answer = execute(sql, *arguments)
        if not done and sql.startswith('INSERT INTO "activations_event"'):
            done = True
            rewrite(Grant.objects, state=GrantState.FAILED, failure="late")
        return answer

    with connection.execute_wrapper(change):
        response = audrey.post(f"{GRANTS}export/?state=ended", {"format": "csv"})
    assert (response.status_code, response.streaming) == (409, False)
    assert "1 rows were announced, but 0 were read" in text(response)


def test_each_export_is_an_event_before_it_begins(audrey: Any) -> None:
    history.grant()
    address = f"{GRANTS}export/?person=alice%40example.com&q=bug"
    response = audrey.post(address, {"format": "csv"})
    event = Event.objects.get(kind="history.exported")
    assert event.actor_email == "audrey@example.com"
    assert event.details["rows"] == 1
    assert event.details["format"] == "csv"
    assert event.details["columns"] == "grants-4"
    assert event.details["filters_in_words"] == ["Person: alice@example.com", "Search: bug"]
    assert event.details["filters"] == "person=alice%40example.com&q=bug"
    assert event.hash == event.computed_hash()
    response.close()


def test_events_can_be_checked_from_their_export(audrey: Any) -> None:
    history.grant()
    lines = json_rows(audrey.post(f"{EVENTS}export/", {"format": "jsonl"}))
    assert [line["sequence"] for line in lines] == [1, 2]
    assert lines[1]["previous_hash"] == lines[0]["hash"]
    rows = csv_rows(audrey.post(f"{EVENTS}export/", {"format": "csv"}))
    assert json.loads(rows[2]["details"])["columns"] == "events-2"


def test_rows_name_their_last_event(audrey: Any) -> None:
    row = history.grant()
    [line] = json_rows(audrey.post(f"{GRANTS}export/", {"format": "jsonl"}))
    event = Event.objects.get(grant=row)
    assert (line["event_sequence"], line["event_hash"]) == (event.sequence, event.hash)
    assert line["activation_id"] == f"jit-{row.request_id}"
    assert line["start"] == "2025-03-10T12:00:00.000000Z"
    assert line["actual_end"] == "2025-03-10T13:00:00.000000Z"
    assert line["end_reason"] == "expired"
    assert line["person_subject"] == "accounts.google.com:alice@example.com"


def test_formulas_are_escaped_in_csv_and_unchanged_in_json(audrey: Any) -> None:
    formula = '=HYPERLINK("http://evil","x")'
    history.grant(of=history.request(justification=formula))
    [row] = csv_rows(audrey.post(f"{GRANTS}export/", {"format": "csv"}))
    assert row["justification"] == f"'{formula}"
    [line] = json_rows(audrey.post(f"{GRANTS}export/", {"format": "jsonl"}))
    assert line["justification"] == formula


@pytest.mark.parametrize(("address", "per_chunk"), [(GRANTS, 2), (REQUESTS, 3), (EVENTS, 0)])
def test_rows_are_read_in_a_few_statements_after_the_event(
    audrey: Any, address: str, per_chunk: int
) -> None:
    for _ in range(3):
        history.grant()
    with CaptureQueriesContext(connection) as queries:
        body(audrey.post(f"{address}export/", {"format": "jsonl"}))
    backwards = [query["sql"] for query in reversed(queries.captured_queries)]
    event_is_stored = next(n for n, sql in enumerate(backwards) if sql.startswith("RELEASE"))
    assert event_is_stored == 1 + per_chunk
    assert AT_ONCE > 3


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"format": "xlsx"},
        {"format": "csv", "as_of": "yesterday"},
        {"format": "csv", "rows": "many"},
    ],
)
def test_orders_that_no_page_offers_are_refused(audrey: Any, order: dict[str, str]) -> None:
    assert audrey.post(f"{GRANTS}export/", order).status_code == 400


def test_an_export_needs_the_token_of_its_page(audrey: Any) -> None:
    audrey.handler.enforce_csrf_checks = True
    assert audrey.post(f"{GRANTS}export/", {"format": "csv"}).status_code == 403
    assert not Event.objects.exists()


def test_columns_do_not_change() -> None:
    assert GRANT_COLUMNS.names[:4] == ["schema_version", "activation_id", "grant_id", "request_id"]
    assert len(set(GRANT_COLUMNS.names)) == len(GRANT_COLUMNS.names)
    assert GRANT_COLUMNS.names[-12:] == [
        *("ticket", "rule", "policy_sha256"),
        *("approved_by", "approved_at", "approval_comments", "reviewers_asked", "ended_by"),
        *("access_end", "break_glass", "differs_from_events", "start_at"),
    ]


def test_grants_show_when_their_binding_was_found_to_be_gone(audrey: Any) -> None:
    gone = NOON + HOUR
    history.grant(state=GrantState.ENDED, ended_at=gone, removed_at=gone)
    [line] = json_rows(audrey.post(f"{GRANTS}export/", {"format": "jsonl"}))
    assert (line["schema_version"], line["removed_at"]) == (
        "grants-4",
        "2025-03-10T13:00:00.000000Z",
    )
