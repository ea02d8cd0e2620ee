"""The export of eligibility: one row per member as bound, recorded, streamed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activations.domain.chain import timestamp
from activations.exports import columns
from activations.exports.eligibility import ELIGIBILITY
from activations.models import Event
from eligibility.models import Refresh
from tests.activations.admin import eligible
from tests.activations.admin.eligible import BUCKET, EXPORT
from tests.activations.admin.reading import body, csv_rows, form, json_rows, text
from tests.eligibility.cases import JIT


def test_the_file_has_one_row_per_member_as_bound(audrey: Any) -> None:
    refresh = eligible.index()
    at = eligible.use("carol@example.com", "roles/viewer", "shop-eu")
    rows = json_rows(audrey.post(EXPORT, {"format": "jsonl"}))
    assert [row["member"] for row in rows] == [
        "domain:example.com",
        "group:oncall@example.com",
        "group:sre@example.com",
        "user:alice@example.com",
        "user:alice@example.com",
    ]
    assert rows[2] == {
        "schema_version": "eligibility-1",
        "member": "group:sre@example.com",
        "member_kind": "group",
        "member_address": "sre@example.com",
        "role": "roles/viewer",
        "role_title": "Viewer",
        "attached_to": "folders/1",
        "attached_to_name": "Shop",
        "activation_type": "MPA",
        "resource_condition": "",
        "binding_title": rows[2]["binding_title"],
        "binding_expression": "has({}.multiPartyApprovalConstraint)",
        "last_used": timestamp(at),
        "indexed_at": timestamp(refresh.started_at),
    }
    assert rows[4]["resource_condition"] == BUCKET
    assert rows[4]["last_used"] is None
    same = csv_rows(audrey.post(EXPORT, {"format": "csv"}))
    assert [row["member"] for row in same] == [row["member"] for row in rows]
    assert same[2]["last_used"] == timestamp(at)


def test_the_file_contains_what_the_filters_select(audrey: Any) -> None:
    eligible.index()
    page = audrey.get(EXPORT, {"person": "carol@example.com", "type": "MPA"})
    assert form(page)["rows"] == "1"
    assert "Person: carol@example.com, with the person&#x27;s groups" in text(page)
    address = f"{EXPORT}?person=carol%40example.com&type=MPA"
    [row] = csv_rows(audrey.post(address, form(page) | {"format": "csv"}))
    assert row["member"] == "group:sre@example.com"


def test_each_export_is_an_event_before_it_begins(audrey: Any) -> None:
    eligible.index()
    response = audrey.post(f"{EXPORT}?type=JIT", {"format": "csv"})
    event = Event.objects.get(kind="history.exported")
    assert event.actor_email == "audrey@example.com"
    assert event.details["columns"] == "eligibility-1"
    assert event.details["rows"] == 4
    assert event.details["filters"] == "type=JIT"
    assert event.hash == event.computed_hash()
    response.close()


def test_an_index_that_was_replaced_meanwhile_is_announced_again(audrey: Any) -> None:
    eligible.index(age=timedelta(hours=1))
    order = form(audrey.get(EXPORT)) | {"format": "csv"}
    eligible.index(age=timedelta(0))
    response = audrey.post(EXPORT, order)
    assert response.status_code == 409
    assert "The index or the use of roles has changed" in text(response)
    assert form(response)["rows"] == "5"
    assert not Event.objects.filter(kind="history.exported").exists()


def test_what_is_used_meanwhile_does_not_change_the_file(audrey: Any) -> None:
    eligible.index()
    order = form(audrey.get(EXPORT, {"use": "unused"})) | {"format": "jsonl"}
    eligible.use("bob@example.com", "roles/viewer", "shop-prod", at=timezone.now())
    rows = json_rows(audrey.post(f"{EXPORT}?use=unused", order))
    assert len(rows) == 5
    assert {row["last_used"] for row in rows} == {None}


def test_formulas_are_disarmed_in_csv_and_verbatim_in_json(audrey: Any) -> None:
    company = eligible.company()
    company.add_project("evil", display_name='=HYPERLINK("http://evil","x")')
    company.bind("evil", "roles/viewer", ["=cmd()@example.com"], JIT)
    eligible.index(company)
    address = f"{EXPORT}?project=evil&role=roles/viewer"
    [row] = csv_rows(audrey.post(address, {"format": "csv"}))
    assert row["member"] == "'=cmd()@example.com"
    assert row["attached_to_name"].startswith("'=HYPERLINK")
    [line] = json_rows(audrey.post(address, {"format": "jsonl"}))
    assert line["member"] == "=cmd()@example.com"


def test_rows_are_read_in_blocks_as_they_are_sent(
    audrey: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    eligible.index()
    monkeypatch.setattr(columns, "PREPARED_AT_ONCE", 2)
    response = audrey.post(EXPORT, {"format": "jsonl"})
    with CaptureQueriesContext(connection) as queries:
        assert len(body(response).splitlines()) == 5
    assert len(queries) <= 1 + 3 * 8


def test_without_an_index_the_file_is_empty(audrey: Any) -> None:
    Refresh.objects.create(started_at=timezone.now())
    assert json_rows(audrey.post(EXPORT, {"format": "jsonl"})) == []


def test_columns_stay_as_they_are() -> None:
    assert ELIGIBILITY.names[:3] == ["schema_version", "member", "member_kind"]
    assert ELIGIBILITY.names[-2:] == ["last_used", "indexed_at"]
