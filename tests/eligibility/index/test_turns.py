"""One refresh runs at a time; what was interrupted is continued, and what failed changes nothing."""

from __future__ import annotations

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections

from eligibility import providers
from eligibility.index import turn
from eligibility.index.position import Done
from eligibility.index.served import served
from eligibility.models import IndexedProject, Refresh
from googlecloud.cloud import Cloud
from googlecloud.errors import GoogleCloudError, Invalid, QuotaExceeded, TimedOut, Unavailable
from simulator import Simulator
from tests.eligibility.index.runs import SILENCE, Clock, killed_run, run
from tests.eligibility.index.world import expected, indexed
from tests.moments import now

pytestmark = pytest.mark.django_db
JIT = "has({}.jitAccessConstraint)"
SEARCHES = (
    "cloudasset.searchAllResources",
    "cloudasset.searchAllIamPolicies",
    "cloudresourcemanager.projects.search",
)


class Steps:
    """A deadline after some steps."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    @property
    def expired(self) -> bool:
        self.left -= 1
        return self.left < 0


def test_a_second_run_does_nothing_while_the_first_is_alive(simulated: Simulator) -> None:
    clock = Clock()
    assert killed_run(simulated, at=40, clock=clock)
    simulated.calls.clear()
    clock.pass_by(timedelta(seconds=100))
    assert run(simulated, clock=clock) is None
    assert len(simulated.calls.google) == 0


def test_a_dead_run_is_taken_over_within_150_seconds(simulated: Simulator) -> None:
    clock = Clock()
    simulated.page_size = 3
    assert killed_run(simulated, at=50, clock=clock)
    dead = Refresh.objects.get()
    assert dead.projects
    clock.pass_by(SILENCE)
    simulated.calls.clear()
    row = run(simulated, clock=clock)
    assert row == dead
    assert indexed() == expected(simulated)
    first = simulated.calls.of("cloudasset.search*")[0]
    assert "pageToken" in first.params  # it went on where the other stopped


def test_a_run_that_was_silent_too_long_writes_nothing_more(simulated: Simulator) -> None:
    clock = Clock()
    simulated.page_size = 3
    others: list[Refresh | None] = []

    def sleep_and_lose(row: Refresh) -> None:
        if row.phase == Refresh.Phase.POLICIES and not others:
            others.append(None)
            clock.pass_by(SILENCE)
            others.append(run(simulated, clock=clock))

    assert run(simulated, clock=clock, progress=sleep_and_lose) is None
    assert others[1] == Refresh.objects.get()
    assert indexed() == expected(simulated)


@pytest.mark.django_db(transaction=True)
def test_of_many_that_begin_together_one_runs(simulated: Simulator) -> None:
    together = Barrier(4)
    run(simulated)  # builds the clients
    simulated.latency = 0.05

    def begin(_: int) -> Refresh | None:
        try:
            together.wait()
            return run(simulated)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        rows = [row for row in pool.map(begin, range(4)) if row]
    assert len(rows) == 1
    assert Refresh.objects.count() == 2
    assert indexed() == expected(simulated)


def test_time_limits_only_postpone(simulated: Simulator) -> None:
    simulated.page_size = 3
    runs = 0
    while (row := run(simulated, deadline=Steps(2))) and row.status != row.Status.COMPLETE:  # type: ignore[arg-type]
        assert served(now()) is None
        assert row.phase
        runs += 1
    assert runs > 10
    assert indexed() == expected(simulated)


def test_a_refresh_that_began_hours_ago_is_abandoned(simulated: Simulator) -> None:
    clock = Clock()
    old = run(simulated, clock=clock, deadline=Steps(3))  # type: ignore[arg-type]
    clock.pass_by(timedelta(hours=6, seconds=1))
    new = run(simulated, clock=clock)
    assert old is not None
    assert new != old
    old.refresh_from_db()
    assert old.status == Refresh.Status.ABANDONED
    assert served(clock()) == new
    run(simulated, clock=clock)
    assert not IndexedProject.objects.filter(refresh=old).exists()


def test_a_full_refresh_does_not_continue_one_that_is_not(simulated: Simulator) -> None:
    partial = run(simulated, deadline=Steps(3))  # type: ignore[arg-type]
    full = run(simulated, is_full=True)
    assert full is not None
    assert full != partial
    assert full.is_full
    row = run(simulated, deadline=Steps(3), is_full=True)  # type: ignore[arg-type]
    assert run(simulated) == row  # the other way round, it is continued


@pytest.mark.parametrize("api", SEARCHES)
def test_an_expired_page_token_begins_the_phase_again(simulated: Simulator, api: str) -> None:
    simulated.page_size = 2
    company = simulated.company

    def expire(call: object) -> bool:
        if len(simulated.calls.of(api)) == 2:
            simulated.page_token_age += 1
            company.resource("payroll").state = "DELETE_REQUESTED"
            company.put_policy("folders/10", {"bindings": []})
        return False

    simulated.faults.add(api, times=None, when=expire)
    row = run(simulated)
    assert row is not None
    pages = [call.status for call in simulated.calls.of(api)]
    assert pages.count(400) == 1
    content = indexed()
    assert (row.projects, row.bindings) == (len(content["projects"]), len(content["bindings"]))
    if api == SEARCHES[0]:
        assert content == expected(simulated)
    assert content["projects"] >= expected(simulated)["projects"]


def test_a_run_that_dies_while_it_begins_a_phase_again_is_continued(simulated: Simulator) -> None:
    simulated.page_size = 1
    clock, at, kills = Clock(), 0, 0
    run(simulated, clock=clock)
    while True:
        simulated.faults.clear()
        seen: list[int] = []

        def expire(_: object, seen: list[int] = seen) -> bool:
            seen.append(1)
            simulated.page_token_age += len(seen) == 5
            return False

        simulated.faults.add("cloudasset.searchAllResources", times=None, when=expire)
        if not killed_run(simulated, at=60 + at, clock=clock):
            break
        kills += 1
        at += 5
        clock.pass_by(SILENCE)
    assert kills > 10
    assert indexed() == expected(simulated)


def test_a_token_that_always_expires_stops_the_refresh(simulated: Simulator) -> None:
    simulated.page_size = 3
    simulated.faults.add(
        SEARCHES[1], status=400, times=None, when=lambda call: "pageToken" in call.params
    )
    with pytest.raises(Invalid):
        run(simulated)
    simulated.faults.clear()
    run(simulated)
    assert indexed() == expected(simulated)


@pytest.mark.parametrize("api", [*SEARCHES, "cloudasset.effectiveIamPolicies.batchGet"])
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 429}, QuotaExceeded),
        ({"status": 503}, Unavailable),
        ({"close": "before"}, Unavailable),
    ],
)
def test_a_failure_leaves_what_was_served_and_the_next_run_continues(
    simulated: Simulator,
    no_retry_delay: object,
    api: str,
    fault: dict[str, object],
    error: type[GoogleCloudError],
) -> None:
    simulated.page_size = 3
    first = run(simulated)
    before = indexed()
    simulated.company.remove_project("payroll")
    simulated.faults.add(api, times=None, after=1, **fault)  # type: ignore[arg-type]
    with pytest.raises(error) as raised:
        run(simulated)
    assert indexed() == before
    assert served(now()) == first
    assert first is not None
    assert served(now()) == first
    row = Refresh.objects.get(status=Refresh.Status.RUNNING)
    assert row.last_error == f"{error.__name__}: {raised.value}"
    assert row.failed_at
    simulated.faults.clear()
    assert run(simulated) == row
    assert indexed() == expected(simulated)


def test_a_failure_that_no_database_stores_is_noted_and_the_next_run_continues(
    simulated: Simulator,
) -> None:
    def throttle() -> None:
        raise QuotaExceeded("no\x00quota\ud800" + "x" * 3000)

    with pytest.raises(QuotaExceeded):
        run(simulated, throttle=throttle)
    row = Refresh.objects.get()
    assert row.holder == ""
    assert row.last_error.startswith("QuotaExceeded: noquota?xxx")


def test_warnings_that_no_database_stores_are_noted_and_cut(simulated: Simulator) -> None:
    refresh = turn.take(is_full=False, now=now())
    assert refresh is not None
    turn.move(refresh, Done("next", warnings=("a\x00b\ud800" + "x" * 3000,)), calls=0)
    refresh.refresh_from_db()
    (warning,) = refresh.warnings
    assert warning.startswith("ab?xxx")
    assert len(warning) == 500


def test_a_slow_google_is_a_time_out_and_the_next_run_continues(
    simulated: Simulator,
) -> None:
    config = replace(providers.cloud_config(), read_timeout=0.3, retry_budget=0)
    providers.use_cloud(Cloud(config))
    simulated.faults.add(SEARCHES[1], hang=30, times=None)
    with pytest.raises(TimedOut):
        run(simulated)
    simulated.faults.clear()
    run(simulated)
    assert indexed() == expected(simulated)


def test_a_limit_of_our_own_stops_the_run_before_google_is_asked(simulated: Simulator) -> None:
    def throttle() -> None:
        raise QuotaExceeded("Too many calls", status=429)

    with pytest.raises(QuotaExceeded):
        run(simulated, throttle=throttle)
    assert len(simulated.calls.google) == 0


def test_each_call_to_cloud_asset_is_throttled_and_no_other(simulated: Simulator) -> None:
    simulated.page_size = 3
    throttled: list[int] = []
    run(simulated, throttle=lambda: throttled.append(1))
    assert len(throttled) == len(simulated.calls.of("cloudasset.*"))


@pytest.mark.slow
@pytest.mark.one_database
def test_memory_does_not_grow_with_the_organization(simulated: Simulator) -> None:
    def peak_with(projects: int, first: int) -> int:
        for number in range(first, projects):
            simulated.company.add_project(f"p{number}", parent="folders/12")
            simulated.company.bind(
                f"p{number}", "roles/run.admin", f"user:u{number}@example.com", JIT
            )
        peaks: list[int] = []

        def measure(_: Refresh) -> None:
            peaks.append(tracemalloc.get_traced_memory()[0])

        tracemalloc.start()
        run(simulated, progress=measure)
        tracemalloc.stop()
        return max(peaks) - peaks[0]

    simulated.page_size = 100
    small, large = peak_with(200, 0), peak_with(2000, 200)
    assert large < small + 2_000_000
    assert IndexedProject.objects.filter(refresh=served(now())).count() > 2000
