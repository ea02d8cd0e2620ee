"""Token buckets in the database, shared by all instances."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from activations.iam.quotas import TooManyRequests, check_person, take
from activations.models import QuotaBucket, User

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def ask(seconds: float = 0.0, *, name: str = "bucket", rate: float = 60, burst: float = 3) -> float:
    return take(name, rate_per_minute=rate, burst=burst, now=NOON + seconds * SECOND)


@pytest.mark.django_db
def test_a_burst_is_granted_and_then_one_token_a_second():
    assert [ask() for _ in range(3)] == [0, 0, 0]
    assert ask() == pytest.approx(1)
    assert ask(0.75) == pytest.approx(0.25)
    assert ask(1) == 0
    assert ask(1) == pytest.approx(1)


@pytest.mark.django_db
def test_an_unused_bucket_holds_at_most_its_burst():
    ask()
    assert [ask(86400) for _ in range(3)] == [0, 0, 0]
    assert ask(86400) > 0


@pytest.mark.django_db
def test_a_refusal_takes_no_token():
    waits = [ask(0, burst=1) for _ in range(5)]
    assert waits == [0, *[pytest.approx(1)] * 4]
    assert ask(1, burst=1) == 0


@pytest.mark.django_db
def test_a_caller_that_waits_as_told_is_granted():
    waited = 0.0
    for _ in range(10):
        while wait := ask(waited, rate=7, burst=2):
            waited += wait
    assert waited == pytest.approx(8 * 60 / 7)


@pytest.mark.django_db
def test_buckets_are_independent():
    assert ask(burst=1) == ask(name="other", burst=1) == 0
    assert ask(burst=1) > 0


@pytest.mark.django_db
def test_the_usual_case_needs_one_update():
    ask()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert ask() == 0
    assert len(queries) == 1
    assert queries[0]["sql"].startswith("UPDATE")


@pytest.mark.django_db
def test_a_clock_set_back_by_an_hour_does_not_block_for_an_hour():
    for _ in range(3):
        ask(3600)
    assert ask(0) == pytest.approx(1)
    assert ask(0) == pytest.approx(1)
    assert ask(1) == 0


@pytest.mark.django_db
def test_clocks_that_differ_slightly_give_no_extra_tokens():
    for _ in range(3):
        ask(4)
    assert ask(0) == pytest.approx(5)
    assert ask(4) == pytest.approx(1)


@pytest.mark.django_db
def test_a_clock_half_a_minute_ahead_does_not_block_for_that_time():
    for _ in range(3):
        ask(30)
    assert ask(0) == pytest.approx(1)
    assert ask(1) == 0


@pytest.mark.django_db
@hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rate=st.sampled_from([0.5, 6, 60, 400]),
    burst=st.integers(1, 5),
    pauses=st.lists(st.floats(0, 30), min_size=1, max_size=25),
)
def test_no_period_grants_more_than_burst_and_rate_allow(rate, burst, pauses):
    QuotaBucket.objects.all().delete()
    moment = 0.0
    granted: list[float] = []
    for pause in pauses:
        moment += pause
        tokens = _tokens(granted, moment, rate=rate, burst=burst)
        wait = ask(moment, rate=rate, burst=burst)
        if abs(tokens - 1) > 1e-6:
            assert (wait == 0) == (tokens > 1)
            assert wait == 0 or wait == pytest.approx((1 - tokens) * 60 / rate, abs=1e-4)
        if wait == 0:
            granted.append(moment)


def _tokens(granted: list[float], moment: float, *, rate: float, burst: float) -> float:
    """Return the tokens in a bucket, by definition."""
    tokens, last = float(burst), 0.0
    for at in granted:
        tokens = min(burst, tokens + (at - last) * rate / 60) - 1
        last = at
    return min(burst, tokens + (moment - last) * rate / 60)


def all_at_once(*jobs: Callable[[], float]) -> list[float]:
    start = Barrier(len(jobs))

    def run(job: Callable[[], float]) -> float:
        start.wait(timeout=10)
        try:
            return job()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("exists", [True, False], ids=["used before", "never used"])
def test_concurrent_callers_get_exactly_the_available_tokens(exists):
    if exists:
        ask(-1000, burst=5)
    waits = all_at_once(*[lambda: ask(burst=5)] * 16)
    assert waits.count(0) == 5
    assert all(wait == pytest.approx(1) for wait in waits if wait)


@pytest.mark.django_db
def test_a_reserve_is_left_to_others():
    def mine(after: float) -> float:
        return take("r", rate_per_minute=60, burst=10, now=NOON + after * SECOND, reserve=5)

    def theirs(after: float) -> float:
        return take("r", rate_per_minute=60, burst=10, now=NOON + after * SECOND)

    assert [mine(0) for _ in range(5)] == [0] * 5
    assert mine(0) == pytest.approx(1)
    assert [theirs(0) for _ in range(5)] == [0] * 5
    assert theirs(0) == pytest.approx(1)
    assert mine(0) == pytest.approx(6)
    assert mine(5.9) > 0
    assert mine(6.1) == 0


# Limits for each person


@pytest.fixture
def alice_and_bob(db: None) -> tuple[User, ...]:
    return tuple(
        User.objects.create(
            subject=name, email=f"{name}@example.com", first_seen=NOON, last_seen=NOON
        )
        for name in ("alice", "bob")
    )


def test_each_person_has_a_limit_of_requests_per_minute(alice_and_bob, settings):
    settings.REQUESTS_PER_MINUTE = 60
    alice, bob = alice_and_bob
    for _ in range(60):
        check_person(alice, NOON)
    with pytest.raises(TooManyRequests, match="more than 60 requests within a minute") as told:
        check_person(alice, NOON)
    assert told.value.retry_after == pytest.approx(1)
    check_person(bob, NOON)
    check_person(alice, NOON + SECOND)


def test_the_operator_configures_the_limit(alice_and_bob, settings):
    settings.REQUESTS_PER_MINUTE = 2
    alice, _ = alice_and_bob
    check_person(alice, NOON)
    check_person(alice, NOON)
    with pytest.raises(TooManyRequests, match="more than 2 requests") as told:
        check_person(alice, NOON)
    assert told.value.retry_after == pytest.approx(30)
