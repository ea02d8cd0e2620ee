"""Lists, records and the front page of the admin."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activations.admin import paginator
from activations.domain.states import GrantState
from tests.activations.admin import history
from tests.activations.admin.history import HOUR, NOON
from tests.activations.admin.reading import EVENTS, GRANTS, REQUESTS, listed, text

INLINE = re.compile(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=", re.IGNORECASE)


def queries(client: Any, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.parametrize("address", [GRANTS, REQUESTS, EVENTS])
def test_a_list_needs_the_same_queries_for_one_row_and_for_many(audrey: Any, address: str) -> None:
    history.grant()
    audrey.get(address)
    few = queries(audrey, address)
    for number in range(20):
        history.grant(of=history.request(email=f"person{number}@example.com"))
    assert queries(audrey, address) == few
    # One query reads whether the person is stopped, two read approvals and ends of access.
    assert few <= 9


def test_tiles_count_the_rows_of_their_lists(audrey: Any) -> None:
    now = timezone.now()
    history.grant(now - HOUR / 2)
    history.grant(NOON)
    history.grant(now - timedelta(days=1), state=GrantState.FAILED)
    history.grant(now - timedelta(days=9), state=GrantState.FAILED)
    page = text(audrey.get("/admin/"))
    tiles = re.findall(
        r'class="tile" href="([^"]+)">\s*<span class="tile-number">(\d+)</span>\s*'
        r'<span class="tile-label">([^<]+)<',
        page,
    )
    assert [(label, int(number)) for _, number, label in tiles] == [
        ("Active", 1),
        ("Waiting for approval", 0),
        ("Activations in the last 7 days", 2),
        ("Failed in the last 7 days", 1),
        ("Failed deliveries", 0),
    ]
    for address, number, _ in tiles:
        assert len(listed(audrey, address.replace("&amp;", "&"))) == int(number)


def test_the_record_of_a_grant_shows_all_fields(audrey: Any) -> None:
    row = history.grant(
        binding_expression='(request.time >= timestamp("2025-03-10T12:00:00Z"))',
        eligible_by=["group:sre@example.com"],
        eligible_at="//cloudresourcemanager.googleapis.com/folders/1",
        etag_before="abc",
    )
    page = text(audrey.get(f"{GRANTS}{row.pk}/change/"))
    for words in (
        "request.time &gt;= timestamp(&quot;2025-03-10T12:00:00Z&quot;)",
        "group:sre@example.com",
        "bug 42",
        "abc",
        f"/admin/activations/request/{row.request_id}/change/",
        row.events.get().hash,
        "grant.active",
        "request.self_approved",
    ):
        assert words in page


def test_requests_grants_and_events_link_to_each_other(audrey: Any) -> None:
    row = history.grant(state=GrantState.FAILED)
    request_page = text(audrey.get(f"{REQUESTS}{row.request_id}/change/"))
    assert f"/admin/activations/grant/{row.pk}/change/" in request_page
    assert "/admin/activations/event/2/change/" in request_page
    event_page = text(audrey.get(f"{EVENTS}2/change/"))
    assert f"/admin/activations/grant/{row.pk}/change/" in event_page
    assert "Hash matches" in event_page


def test_typed_text_is_escaped(audrey: Any) -> None:
    history.grant(of=history.request(justification="<script>alert(1)</script>"))
    for address in (GRANTS, REQUESTS):
        page = text(audrey.get(address))
        assert "&lt;script&gt;alert(1)" in page
        assert "<script>alert" not in page


@pytest.mark.parametrize("key", ["nonsense", "7f0fe6a0-7a0d-4a4e-9f3c-3e5a3f3a2b1c"])
def test_unknown_records_are_not_found(audrey: Any, key: str) -> None:
    for address in (GRANTS, REQUESTS, EVENTS):
        assert audrey.get(f"{address}{key}/change/").status_code == 404


def test_no_page_holds_inline_script_or_style(olga: Any) -> None:
    row = history.grant()
    for address in (
        *(
            "/admin/",
            "/admin/activations/",
            GRANTS,
            f"{GRANTS}?state=x",
            f"{GRANTS}{row.pk}/change/",
        ),
        *(REQUESTS, f"{REQUESTS}{row.request_id}/change/", EVENTS, f"{EVENTS}1/change/"),
        *(f"{GRANTS}export/", f"{EVENTS}export/"),
    ):
        assert INLINE.findall(text(olga.get(address))) == []


def test_far_pages_are_not_counted(audrey: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paginator, "FARTHEST", 3)
    for _ in range(5):
        history.grant()
    assert "More than 3 grants" in " ".join(text(audrey.get(GRANTS)).split())
    history_page = audrey.get(f"{GRANTS}export/")
    assert 'name="rows" value="5"' in text(history_page)


def test_lists_have_links_to_the_next_and_previous_page(audrey: Any) -> None:
    rows = {str(history.grant(NOON + timedelta(minutes=number)).pk) for number in range(51)}
    first, second = listed(audrey, GRANTS), listed(audrey, GRANTS, p="2")
    assert (len(first), len(second)) == (50, 1)
    assert first | second == rows
