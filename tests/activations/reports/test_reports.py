"""Reports answer auditors' questions: the numbers, the filters in the address, the file."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest

from activations.domain.states import GrantState, RequestState
from activations.models import Event
from activations.reports import exceptions, findings, holding
from activations.reports.catalogue import REPORTS
from tests.activations.admin.history import HOUR, MPA, NOON, grant, request
from tests.activations.reports.reading import PAGE, file_of, page, rows_of, summary, table
from tests.conftest import PersonClient
from tests.journeys.approvals import decide, pending_request
from tests.journeys.shop import COMPUTE, activate

MARCH = {"from": "2025-03-01", "to": "2025-03-31"}
DAY = timedelta(days=1)


def on(day: str, rows: list[list[str]]) -> list[str]:
    [found] = [row for row in rows if row[0] == day]
    return found[1:]


@pytest.mark.parametrize("name", ["", *(f"{name}/" for name in REPORTS)])
def test_only_auditors_and_administrators_see_reports(
    alice: PersonClient, charlie: PersonClient, audrey: PersonClient, olga: PersonClient, name: str
) -> None:
    assert [one.get(f"{PAGE}{name}").status_code for one in (alice, charlie)] == [403, 403]
    assert [one.get(f"{PAGE}{name}").status_code for one in (audrey, olga)] == [200, 200]


@pytest.mark.django_db
def test_activations_are_counted_by_day_and_outcome(audrey: PersonClient) -> None:
    grant(state=GrantState.ENDED)
    grant(NOON + HOUR, state=GrantState.ENDED, end_reason="revoked")
    grant(NOON + 2 * HOUR, state=GrantState.ENDED, end_reason="extended")
    grant(NOON + DAY, state=GrantState.FAILED)
    grant(NOON - 40 * DAY)
    shown = page(audrey, "activations", **MARCH)
    rows = table(shown)
    assert len(rows) == 31
    assert on("2025-03-10", rows) == ["3", "1", "1", "1", "0", "0", "0"]
    assert on("2025-03-11", rows) == ["1", "0", "0", "0", "0", "1", "0"]
    assert on("2025-03-12", rows)[0] == "0"
    assert "4 activations from 2025-03-01 to 2025-03-31" in summary(shown)
    assert "<title>2025-03-10, Ended early: 1</title>" in shown


@pytest.mark.django_db
def test_a_grant_whose_time_is_up_counts_as_ended_before_that_is_recorded(
    audrey: PersonClient,
) -> None:
    grant()
    assert on("2025-03-10", rows_of(audrey, "activations", **MARCH))[1] == "1"


@pytest.mark.django_db
def test_filters_in_the_address_select_project_role_and_person(audrey: PersonClient) -> None:
    grant()
    grant(of=request(email="bob@example.com", project_id="shop-prod"), role="roles/browser")

    def total(**filters: str) -> int:
        rows = rows_of(audrey, "activations", **MARCH, **filters)
        return sum(int(row[1]) for row in rows)

    assert total() == 2
    assert total(project="shop-*") == total(role="browser") == total(person="bob") == 1
    assert total(project="shop-prod", person="alice@example.com") == 0


@pytest.mark.django_db
def test_a_preset_is_the_last_complete_month(audrey: PersonClient) -> None:
    first, *_, last = [row[0] for row in rows_of(audrey, "activations", period="last-month")]
    assert first.endswith("-01")
    assert last[:7] == first[:7]
    assert 28 <= int(last[8:]) <= 31


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        ({"period": "last-week"}, "Choose one of these periods"),
        ({"from": "yesterday"}, "Enter the first day like 2025-01-31"),
        ({"from": "2025-02-02", "to": "2025-02-01"}, "The last day is before the first"),
        ({"from": "1900-01-01", "to": "2025-02-01"}, "at most ten years"),
        ({"at": "noon"}, "Enter the moment like"),
        ({"at": "2999-01-01T00:00"}, "The moment is in the future"),
    ],
)
def test_filters_that_are_not_valid_are_named(
    audrey: PersonClient, filters: dict[str, str], words: str
) -> None:
    response = audrey.get(f"{PAGE}activations/", filters)
    assert response.status_code == 400
    assert words in response.content.decode()


def decided(minutes: int, **values: Any) -> None:
    at = NOON + timedelta(minutes=minutes)
    request(**(MPA | {"state": RequestState.APPROVED, "decided_at": at} | values))


@pytest.mark.django_db
def test_time_to_decision_has_the_median_and_the_90th_percentile(audrey: PersonClient) -> None:
    for minutes in range(1, 10):
        decided(minutes)
    decided(100, state=RequestState.DECLINED)
    request(decided_at=NOON)  # self-approved
    shown = page(audrey, "time-to-decision", **MARCH)
    assert on("2025-03-10", table(shown)) == ["10", "5.0", "9.0"]
    assert "half within 5.0 minutes, 90 % within 9.0 minutes" in summary(shown)


@pytest.mark.django_db
def test_one_decision_is_its_own_median(audrey: PersonClient) -> None:
    decided(7)
    assert on("2025-03-10", rows_of(audrey, "time-to-decision", **MARCH)) == ["1", "7.0", "7.0"]


@pytest.mark.django_db
def test_expired_requests_count_before_that_is_recorded(audrey: PersonClient) -> None:
    request(**MPA, state=RequestState.DECLINED)
    request(**MPA, state=RequestState.EXPIRED)
    waiting = MPA | {"role_key": "1" * 64}
    request(**waiting, state=RequestState.PENDING, expires_at=NOON + HOUR)
    rows = rows_of(audrey, "declined-and-expired", **MARCH)
    assert on("2025-03-10", rows) == ["0", "1", "2", "0", "0"]


@pytest.mark.django_db
def test_the_most_frequent_come_first(audrey: PersonClient) -> None:
    grant(), grant(NOON + HOUR)
    grant(of=request(project_id="shop-prod", email="bob@example.com"), role="roles/browser")
    assert rows_of(audrey, "top-roles", **MARCH) == [
        ["roles/compute.admin", "2"],
        ["roles/browser", "1"],
    ]
    assert rows_of(audrey, "top-projects", **MARCH) == [["billing-prod", "2"], ["shop-prod", "1"]]
    assert rows_of(audrey, "top-people", **MARCH)[0] == ["alice@example.com", "2"]


@pytest.mark.django_db
def test_extensions_are_counted_by_person_and_project(audrey: PersonClient) -> None:
    first = grant()
    request(NOON + HOUR, extends=first)
    [row] = rows_of(audrey, "extensions", **MARCH)
    assert row[:3] == ["alice@example.com", "billing-prod", "1"]


@pytest.mark.django_db
def test_break_glass_is_listed_with_its_review(audrey: PersonClient) -> None:
    grant(of=request(break_glass=True, justification="site is down"))
    request()
    [row] = rows_of(audrey, "break-glass", **MARCH)
    assert row[1:6] == [
        *("alice@example.com", "billing-prod", "roles/compute.admin", "site is down"),
        "No access was granted",
    ]


@pytest.mark.django_db
def test_who_held_a_role_at_a_moment_is_answered_for_the_past(audrey: PersonClient) -> None:
    grant(state=GrantState.ENDED, ended_at=NOON + HOUR / 2)

    def at(moment: str) -> list[list[str]]:
        shown = page(audrey, "holders", at=moment)
        return table(shown) if "<tbody>" in shown else []

    [row] = at("2025-03-10T12:00")
    assert row[:3] == ["alice@example.com", "billing-prod", "roles/compute.admin"]
    assert row[4:7] == ["2025-03-10 12:00:00", "2025-03-10 12:30:00", "self-approved"]
    assert len(at("2025-03-10T12:29:59")) == 1
    assert at("2025-03-10T12:30") == at("2025-03-10T11:59:59") == []


def extend_often(times: int) -> None:
    """Make grants of an hour, each of which extends the one before."""
    before = None
    for at in (NOON + place * HOUR for place in range(times)):
        of = request(at, extends=before, granted_rule=f"rule-{at:%d-%H}")
        before = grant(at, of=of, state=GrantState.ENDED, ended_at=at + HOUR, end_reason="extended")


@pytest.mark.django_db
@pytest.mark.parametrize("hour", [0, 2, 5, 199])
def test_who_holds_what_merges_extensions_before_and_after_the_moment(
    audrey: PersonClient, django_assert_max_num_queries: Any, hour: int
) -> None:
    extend_often(200)
    grant(NOON - 2 * HOUR, state=GrantState.ENDED, ended_at=NOON - HOUR)
    grant(NOON + 201 * HOUR)
    with django_assert_max_num_queries(32):
        [row] = rows_of(audrey, "holders", at=f"{NOON + (hour + 0.5) * HOUR:%Y-%m-%dT%H:%M}")
    assert row[4:6] == ["2025-03-10 12:00:00", "2025-03-18 20:00:00"]
    assert all(rule in row[7] for rule in ("rule-10-12", "rule-14-00", "rule-18-19"))


@pytest.mark.django_db
def test_who_holds_what_merges_accesses_of_months_with_what_they_continue(
    audrey: PersonClient,
) -> None:
    """Adopted access may last for any time, and its start is far from that of others."""
    grant(NOON, of=request(NOON, minutes=60 * 24 * 90), lasting=90 * DAY)
    grant(NOON + 90 * DAY)
    other = request(NOON + 90 * DAY, email="bob@example.com")
    grant(NOON + 90 * DAY, of=other)
    at = f"{NOON + 90 * DAY + HOUR / 2:%Y-%m-%dT%H:%M}"
    rows = rows_of(audrey, "holders", at=at)
    assert [(row[0], row[4]) for row in rows] == [
        ("alice@example.com", "2025-03-10 12:00:00"),
        ("bob@example.com", "2025-06-08 12:00:00"),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_who_holds_what_agrees_with_the_timeline(audrey: PersonClient, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(60):
        start = NOON + chance.randrange(14 * 24) * HOUR
        email = chance.choice(("alice@example.com", "bob@example.com"))
        lasting = chance.choice((1, 5, 24, 48)) * HOUR
        grant(start, of=request(start, email=email), lasting=lasting)
    accesses = rows_of(audrey, "timeline", **{"from": "2025-03-01", "to": "2025-04-30"})
    for hour in range(0, 14 * 24, 29):
        at = f"{NOON + (hour + 0.5) * HOUR:%Y-%m-%d %H:%M}"
        held = [(row[0], *row[4:6]) for row in accesses if row[4] < at < row[5]]
        shown = page(audrey, "holders", at=at.replace(" ", "T"))
        rows = table(shown) if "<tbody>" in shown else []
        assert sorted((row[0], *row[4:6]) for row in rows) == sorted(held)


def test_who_holds_what_now_names_the_approver(
    alice: PersonClient, bob: PersonClient, audrey: PersonClient
) -> None:
    assert decide(bob, pending_request(alice), "approve").status_code == 200
    [row] = rows_of(audrey, "holders")
    assert (row[0], row[6]) == ("alice@example.com", "bob@example.com")


@pytest.mark.django_db
def test_the_timeline_merges_an_extension(audrey: PersonClient) -> None:
    first = grant(state=GrantState.ENDED, ended_at=NOON + HOUR, end_reason="extended")
    grant(NOON + HOUR, of=request(NOON + HOUR, extends=first))
    [row] = rows_of(audrey, "timeline", **MARCH)
    assert row[4:] == ["2025-03-10 12:00:00", "2025-03-10 14:00:00", "expired"]


@pytest.mark.django_db
def test_the_file_has_the_table_and_its_export_is_an_event(audrey: PersonClient) -> None:
    grant(of=request(email="=cmd@example.com"))
    [row] = file_of(audrey, "top-people", "?from=2025-03-01&to=2025-03-31")
    assert (row["person"], row["activations"]) == ("'=cmd@example.com", "1")
    event = Event.objects.get(kind="history.exported")
    assert event.actor_email == "audrey@example.com"
    assert event.details["columns"] == "report-top-people-1"
    assert event.details["filters"] == "from=2025-03-01&to=2025-03-31"


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["extensions", "break-glass", "holders", "timeline"])
def test_the_page_has_the_first_rows_and_says_so_and_the_file_has_all(
    audrey: PersonClient, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for module in (findings, exceptions, holding):
        monkeypatch.setattr(module, "MOST_ROWS", 2)
    for number in range(3):
        email = f"person{number}@example.com"
        grant(of=request(email=email, break_glass=name == "break-glass"))
        request(NOON + HOUR, email=email, extends=grant(of=request(email=email, minutes=5)))
    query = "?from=2025-03-01&to=2025-03-31&at=2025-03-10T12:01"
    shown = page(audrey, name, **MARCH, at="2025-03-10T12:01")
    assert len(table(shown)) <= 2
    assert "Only the first 2 rows are here. The CSV file has all." in shown
    people = {row["person"] for row in file_of(audrey, name, query)}
    assert people == {f"person{number}@example.com" for number in range(3)}
    assert Event.objects.get(kind="history.exported").details["rows"] >= 3


def test_a_self_activation_appears_in_every_report_about_now(
    alice: PersonClient, audrey: PersonClient
) -> None:
    activate(alice, COMPUTE)
    for name in ("top-people", "holders", "timeline"):
        assert rows_of(audrey, name)[0][0] == "alice@example.com"


@pytest.mark.django_db
def test_a_chart_needs_neither_script_nor_style(audrey: PersonClient) -> None:
    grant()
    shown = page(audrey, "activations", **MARCH)
    chart = shown[shown.index("<figure") : shown.index("</figure>")]
    assert "style=" not in chart
    assert "<script" not in chart
    assert 'role="img"' in chart


@pytest.mark.django_db
def test_a_name_cannot_add_markup_to_the_chart(audrey: PersonClient) -> None:
    grant(of=request(project_id='<script>x("y")</script>'))
    shown = page(audrey, "top-projects", **MARCH)
    assert "<script>x" not in shown
    assert "&lt;script&gt;x" in shown


def test_there_is_no_other_report(audrey: PersonClient) -> None:
    assert audrey.get(f"{PAGE}other/").status_code == 404
