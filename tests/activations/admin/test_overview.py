"""The overview: charts, current access and what needs attention, for each kind of reader."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from activations.admin.charts import Chart, Series
from activations.domain.states import GrantState, RequestState
from activations.models import JobRun
from activations.reporting.overview import Day, median_by_day, minutes_to_decision, outcomes_by_day
from tests.activations.admin import history
from tests.activations.admin.queue import QUEUE, waiting
from tests.activations.admin.reading import text
from tests.activations.admin.test_queue import settled
from tests.moments import now

OVERVIEW = "/admin/"


def words(client: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text(client.get(OVERVIEW))).split())


def decided(minutes: float, *, ago: timedelta = timedelta(hours=1)) -> None:
    """Create a request that was approved after so many minutes."""
    at = now() - ago
    waiting(asked_at=at - timedelta(minutes=minutes), state=RequestState.APPROVED, decided_at=at)


def test_outcomes_are_counted_for_the_day_of_the_request(db: None) -> None:
    at = now() - timedelta(days=2)
    history.grant(at)
    history.grant(at, state=GrantState.FAILED)
    waiting(asked_at=at, state=RequestState.DECLINED, decided_at=at)
    waiting(asked_at=at, state=RequestState.WITHDRAWN, decided_at=at)
    waiting(asked_at=at, expires_at=at + timedelta(hours=1))
    waiting()
    history.grant(now() - timedelta(days=30))
    days = outcomes_by_day(now())
    assert len(days) == 30
    assert days[-3].numbers == {"granted": 1, "failed": 1, "declined": 1, "lapsed": 2}
    assert days[-1].numbers == {"waiting": 1}
    assert sum(sum(day.numbers.values()) for day in days) == 6


def test_a_request_counts_as_failed_only_when_no_role_was_granted(db: None) -> None:
    row = history.request(now())
    history.grant(now(), of=row, state=GrantState.FAILED)
    history.grant(now(), of=row, role="roles/viewer")
    assert outcomes_by_day(now())[-1].numbers == {"granted": 1}


def test_times_to_decision_are_medians_of_the_day_of_the_decision(db: None) -> None:
    for minutes in (10, 20, 60):
        decided(minutes, ago=timedelta(days=1))
    times = minutes_to_decision(now() - timedelta(days=2), now())
    assert [round(minutes) for _, minutes in times] == [60, 20, 10] or len(times) == 3
    numbers = median_by_day(now(), times)[-2].numbers
    assert {key: round(value) for key, value in numbers.items()} == {"granted": 20}


def test_administrators_and_auditors_see_the_history_in_charts_with_tables(
    olga: Any, audrey: Any
) -> None:
    # So that both are of one day, whatever the time is now.
    noon = now().replace(hour=12, minute=0) - timedelta(days=1)
    history.grant(noon)
    decided(30, ago=now() - noon)
    for client in (olga, audrey):
        page = words(client)
        assert "Requests of the last 30 days" in page
        assert "2 requests: 2 granted." in page
        assert "1 decided: half within 30 min, nine of ten within 30 min." in page
        assert f"{noon:%Y-%m-%d} 2 0 0 0 0" in page
    page = text(olga.get(OVERVIEW))
    assert page.count('<svg class="chart"') == 2
    assert "style=" not in page


def test_current_access_is_listed_by_its_end(audrey: Any) -> None:
    for minutes, email in ((50, "alice@example.com"), (10, "dave@example.com")):
        start = now() - timedelta(minutes=60 - minutes)
        history.grant(start, of=history.request(start, email=email))
    page = words(audrey).partition("Active now, next end first")[2]
    assert page.index("dave@example.com") < page.index("alice@example.com")
    assert "compute.admin billing-prod" in page


def test_reviewers_see_their_own_decisions_only(bob: Any) -> None:
    settled(waiting(), bob)
    history.grant(now() - timedelta(minutes=20))
    page = words(bob)
    assert "You approved 0 and declined 1." in page
    assert "Requests of the last 30 days" not in page
    assert "Active now" not in page
    assert "billing-prod" not in page


def test_requests_that_expire_soon_need_attention(bob: Any) -> None:
    waiting(of="alice@example.com")
    assert "Needs attention" not in words(bob)
    waiting(of="dave@example.com", expires_at=now() + timedelta(minutes=9))
    assert "1 request that waits for you expires within 15 minutes" in words(bob)
    assert f"{QUEUE}?o=7" in text(bob.get(OVERVIEW))


def test_failed_jobs_need_attention_and_lead_administrators_to_the_doctor(
    olga: Any, audrey: Any, bob: Any
) -> None:
    waiting()
    JobRun.objects.create(name="deliver", last_started_at=now(), failure="<mail> is down")
    assert "The last run of the job deliver failed: &lt;mail&gt; is down" in words(olga)
    assert 'href="/admin/doctor/">The last run' in " ".join(text(olga.get(OVERVIEW)).split())
    assert "The last run of the job deliver failed" in words(audrey)
    assert 'href="/admin/doctor/"' not in text(audrey.get(OVERVIEW))
    assert "deliver failed" not in words(bob)


def test_tiles_compare_with_the_week_before(audrey: Any) -> None:
    history.grant(now() - timedelta(days=9), state=GrantState.FAILED)
    history.grant(now() - timedelta(days=7, minutes=30))
    page = words(audrey)
    assert "0 Active 1 a week ago" in page
    assert "0 Failed in the last 7 days 1 in the 7 days before" in page


def test_the_overview_needs_the_same_queries_for_many_rows(audrey: Any) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            audrey.get(OVERVIEW)
        return len(captured)

    queries()
    few = queries()
    for number in range(20):
        history.grant(now() - timedelta(minutes=number))
    assert queries() == few


def test_bars_stand_on_each_other_and_fill_the_height() -> None:
    series = (Series("a", "First", "good"), Series("b", "Second", "bad"))
    days = [Day(now().date(), {"a": 1, "b": 3}), Day(now().date(), {"a": 2})]
    chart = Chart("x", "Title <1>", "Words", days, series)
    bars = re.findall(
        r'class="bar (\w+)" x="([\d.]+)" y="([\d.]+)".*? height="([\d.]+)"', chart.drawing
    )
    assert bars == [
        ("good", "2.0", "90.0", "30.0"),
        ("bad", "2.0", "0.0", "90.0"),
        ("good", "302.0", "60.0", "60.0"),
    ]
    assert "Title &lt;1&gt;. Words" in chart.drawing
