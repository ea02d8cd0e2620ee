"""The filters of the history."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from activations.domain.states import GrantState, RequestState
from tests.activations.admin import history
from tests.activations.admin.history import HOUR, NOON
from tests.activations.admin.reading import EVENTS, GRANTS, REQUESTS, listed, text

DAY = timedelta(days=1)
MIDNIGHT = datetime(2025, 3, 10, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"person": "alice@example.com"}, {"alice"}),
        ({"person": "ALICE@example.com"}, {"alice"}),
        ({"person": "ali"}, {"alice", "alina"}),
        ({"person": "*@example.com"}, {"alice", "alina", "bob"}),
        ({"person": "alice@example.co"}, set()),
        ({"project": "billing-prod"}, {"alice", "bob"}),
        ({"project": "billing"}, set()),
        ({"project": "billing*"}, {"alice", "bob"}),
        ({"role": "roles/compute.admin"}, {"alice", "alina"}),
        ({"role": "compute"}, {"alice", "alina"}),
        ({"role": "storage"}, {"bob"}),
        ({"person": "ali", "project": "crm-dev"}, {"alina"}),
        ({"q": "bug 7"}, {"bob"}),
        ({"q": "crm-"}, {"alina"}),
        ({"q": "alina@example.com"}, {"alina"}),
        ({"q": "nothing like it"}, set()),
    ],
)
@pytest.mark.parametrize("address", [GRANTS, REQUESTS])
def test_filters_by_person_project_role_and_text(
    audrey: Any, address: str, filters: dict[str, str], expected: set[str]
) -> None:
    alice = history.grant()
    alina = history.grant(of=history.request(email="alina@example.com", project_id="crm-dev"))
    other = history.request(email="bob@example.com", justification="Bug 7")
    bob = history.grant(of=other, role="roles/storage.admin")
    rows = {"alice": alice, "alina": alina, "bob": bob}
    ids = {name: row.pk if address == GRANTS else row.request_id for name, row in rows.items()}
    assert listed(audrey, address, **filters) == {str(ids[name]) for name in expected}


def test_search_finds_by_any_id(audrey: Any) -> None:
    row, _ = history.grant(), history.grant()
    for wanted in (str(row.pk), str(row.request_id), row.request.activation_id):
        assert listed(audrey, GRANTS, q=wanted) == {str(row.pk)}
        assert listed(audrey, REQUESTS, q=wanted) == {str(row.request_id)}


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("active", {"running"}),
        ("provisioning", {"being written"}),
        ("ended", {"past its end", "expired", "revoked"}),
        ("ended-by-time", {"past its end", "expired"}),
        ("ended-early", {"revoked"}),
        ("failed", {"failed"}),
    ],
)
def test_grants_by_state(audrey: Any, state: str, expected: set[str]) -> None:
    now = timezone.now()
    rows = {
        "running": history.grant(now - SECOND),
        "past its end": history.grant(now - 2 * HOUR),
        "being written": history.grant(now, state=GrantState.PROVISIONING),
        "expired": history.grant(state=GrantState.ENDED, ended_at=NOON + HOUR),
        "revoked": history.grant(state=GrantState.ENDED, end_reason="revoked", ended_at=NOON),
        "failed": history.grant(now, state=GrantState.FAILED),
    }
    assert listed(audrey, GRANTS, state=state) == {str(rows[name].pk) for name in expected}


@pytest.mark.parametrize(
    ("first", "last", "is_in"),
    [
        ("2025-03-10", "2025-03-10", True),
        ("2025-03-10", "", True),
        ("", "2025-03-10", True),
        ("2025-03-11", "", False),
        ("", "2025-03-09", False),
        ("2025-03-09", "2025-03-09", False),
    ],
)
@pytest.mark.parametrize("start", [MIDNIGHT, MIDNIGHT + DAY - SECOND])
@pytest.mark.parametrize("address", [GRANTS, REQUESTS])
def test_started_in_counts_whole_days_in_utc(
    audrey: Any, address: str, start: datetime, first: str, last: str, *, is_in: bool
) -> None:
    history.grant(start, lasting=3 * DAY)
    rows = listed(audrey, address, started_from=first, started_to=last)
    assert bool(rows) is is_in


@pytest.mark.parametrize(
    ("start", "end", "is_in"),
    [
        (MIDNIGHT - 3 * DAY, MIDNIGHT + 3 * DAY, True),
        (MIDNIGHT - HOUR, MIDNIGHT, False),
        (MIDNIGHT - HOUR, MIDNIGHT + SECOND, True),
        (MIDNIGHT + DAY - SECOND, MIDNIGHT + 2 * DAY, True),
        (MIDNIGHT + DAY, MIDNIGHT + 2 * DAY, False),
    ],
)
@pytest.mark.parametrize("is_noted", [True, False])
@pytest.mark.parametrize("address", [GRANTS, REQUESTS])
def test_active_during_selects_overlapping_grants(
    audrey: Any, address: str, start: datetime, end: datetime, *, is_noted: bool, is_in: bool
) -> None:
    if is_noted:
        history.grant(start, lasting=30 * DAY, state=GrantState.ENDED, ended_at=end)
    else:
        history.grant(start, lasting=end - start)
    rows = listed(audrey, address, active_from="2025-03-10", active_to="2025-03-10")
    assert bool(rows) is is_in


def test_an_adopted_binding_that_lasts_for_years_was_active_all_the_time(audrey: Any) -> None:
    years = timedelta(days=800)
    history.grant(of=history.request(minutes=800 * 24 * 60), lasting=years)
    days = {"active_from": "2026-11-01", "active_to": "2026-11-02"}
    assert len(listed(audrey, GRANTS, **days)) == 1
    assert listed(audrey, GRANTS, active_from="2028-01-01") == set()


def test_failed_grants_were_never_active(audrey: Any) -> None:
    history.grant(state=GrantState.FAILED)
    assert listed(audrey, GRANTS, active_from="2025-03-10", active_to="2025-03-10") == set()
    assert len(listed(audrey, GRANTS, started_from="2025-03-10", started_to="2025-03-10")) == 1


@pytest.mark.parametrize(
    "filters",
    [
        {"started_from": "10.3.2025"},
        {"active_to": "2025-02-30"},
        {"started_from": "2025-03-11", "started_to": "2025-03-10"},
        {"state": "sleeping"},
    ],
)
def test_an_invalid_value_selects_nothing_and_shows_an_error(
    audrey: Any, filters: dict[str, str]
) -> None:
    history.grant()
    assert listed(audrey, GRANTS, **filters) == set()
    assert 'role="alert"' in text(audrey.get(GRANTS, filters))


def test_other_lookups_are_refused(audrey: Any) -> None:
    assert audrey.get(GRANTS, {"request__beneficiary__subject__startswith": "a"}).status_code == 400
    assert audrey.get(f"{GRANTS}export/", {"failure": "x"}).status_code == 400


def test_empty_fields_are_removed_from_the_url(audrey: Any) -> None:
    response = audrey.get(GRANTS, {"person": "", "project": "billing-prod", "state": ""})
    assert response["Location"] == f"{GRANTS}?project=billing-prod"


def test_requests_without_grants_are_listed(audrey: Any) -> None:
    declined = history.request(state=RequestState.DECLINED, **history.MPA)
    assert listed(audrey, REQUESTS) == {str(declined.pk)}
    assert listed(audrey, REQUESTS, state="declined") == {str(declined.pk)}
    assert listed(audrey, REQUESTS, role="roles/browser") == {str(declined.pk)}
    assert listed(audrey, REQUESTS, state="active") == set()


def test_events_by_kind_and_by_actor(audrey: Any) -> None:
    history.grant(state=GrantState.FAILED)
    assert listed(audrey, EVENTS, kind="grant.failed") == {"2"}
    assert listed(audrey, EVENTS, kind="request.*") == {"1"}
    assert listed(audrey, EVENTS, actor="olga@example.com") == set()
    assert listed(audrey, EVENTS, q="2") == {"2"}
    assert listed(audrey, EVENTS, happened_from="2025-03-11") == set()


def test_empty_lists_say_what_will_appear_there(audrey: Any) -> None:
    assert "its IAM binding appears here" in text(audrey.get(GRANTS))
    assert "No grants match" in text(audrey.get(GRANTS, {"person": "bob"}))


def test_a_preset_is_part_of_the_address(audrey: Any) -> None:
    today = timezone.now().date()
    last_month = (today.replace(day=1) - timedelta(days=1)).replace(day=15)
    inside = history.grant(datetime.combine(last_month, time(12), tzinfo=UTC))
    history.grant(datetime.combine(today, time(), tzinfo=UTC))
    assert listed(audrey, GRANTS, started_in="last-month") == {str(inside.pk)}
    export = text(audrey.get(f"{GRANTS}export/", {"started_in": "last-month"}))
    assert f"Started in: from {last_month.replace(day=1)} to" in export
    page = text(audrey.get(GRANTS, {"started_in": "last-month"}))
    assert '<option value="last-month" selected>Last month</option>' in page


def test_an_unknown_preset_selects_nothing(audrey: Any) -> None:
    history.grant()
    assert listed(audrey, GRANTS, started_in="last-week") == set()
