"""Our writers take turns on a project, and the lease of a crashed writer expires."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier, Lock, Semaphore

import pytest
from django.db import connections
from django.utils import timezone

from activations.iam.line import Line
from activations.iam.writes import HELD, LONGEST_WAIT, generation, try_turn, turn
from activations.models import ProjectLease
from googlecloud.errors import Conflict
from tests.activations.rows import NOON


class Clock:
    """A clock that only `sleep` advances."""

    def __init__(self) -> None:
        self.now = NOON
        self.slept = 0

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=max(seconds, 1))
        self.slept += 1


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.mark.django_db
def test_a_lease_is_released(clock: Clock) -> None:
    for expected in range(3):
        with turn("p", clock=clock, sleep=clock.sleep) as held:
            assert held.generation == expected
            assert ProjectLease.objects.get().holder == held.holder
        lease = ProjectLease.objects.get()
        assert (lease.holder, lease.expires_at) == ("", None)
    assert clock.slept == 0


@pytest.mark.django_db
def test_a_lease_is_released_after_a_failure(clock: Clock) -> None:
    with pytest.raises(ZeroDivisionError), turn("p", clock=clock, sleep=clock.sleep):
        _ = 1 // 0
    assert ProjectLease.objects.get().holder == ""
    assert generation("p") == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "is_free"), [(70, False), (80, True), (86400, True)])
def test_a_lease_written_by_a_fast_clock_expires_like_any_other(
    clock: Clock, seconds: int, is_free: bool
) -> None:
    expires_at = NOON + timedelta(seconds=seconds)
    ProjectLease.objects.create(project_id="p", holder="somebody", expires_at=expires_at)
    with try_turn("p", clock=clock) as mine:
        assert mine is is_free


@pytest.mark.django_db
def test_projects_do_not_wait_for_each_other(clock: Clock) -> None:
    with (
        turn("p", clock=clock, sleep=clock.sleep),
        turn("q", clock=clock, sleep=clock.sleep),
    ):
        assert clock.slept == 0
    assert generation("never written") == 0


@pytest.mark.django_db
def test_the_lease_of_a_crashed_holder_is_taken_after_it_expires(clock: Clock) -> None:
    ProjectLease.objects.create(project_id="p", holder="dead", expires_at=NOON + HELD)
    with turn("p", clock=clock, sleep=clock.sleep) as held:
        assert clock.now >= NOON + HELD
        assert ProjectLease.objects.get().holder == held.holder


@pytest.mark.django_db
def test_a_writer_that_waits_too_long_reports_that_nothing_changed(clock: Clock) -> None:
    def taken_by_another_writer(seconds: float) -> None:
        clock.sleep(seconds)
        ProjectLease.objects.update(holder="busy", expires_at=clock.now + HELD)

    ProjectLease.objects.create(project_id="p", holder="busy", expires_at=NOON + HELD)
    with pytest.raises(Conflict, match="nothing was changed"):
        turn("p", clock=clock, sleep=taken_by_another_writer).__enter__()
    assert clock.now - NOON >= LONGEST_WAIT
    assert ProjectLease.objects.get().holder == "busy"


@pytest.mark.django_db
def test_a_holder_whose_lease_expired_does_not_release_the_next_one(clock: Clock) -> None:
    with turn("p", clock=clock, sleep=clock.sleep):
        clock.now += HELD
        with turn("p", clock=clock, sleep=clock.sleep) as second:
            pass
    with turn("p", clock=clock, sleep=clock.sleep) as slow:
        ProjectLease.objects.update(holder=second.holder)
    assert ProjectLease.objects.get().holder == second.holder
    assert slow.holder != second.holder


@pytest.mark.django_db(transaction=True)
def test_only_one_writer_holds_the_lease_at_any_time() -> None:
    start, lock = Barrier(8), Lock()
    inside: list[int] = []
    most: list[int] = []

    def write(number: int) -> None:
        start.wait(timeout=10)
        try:
            for _ in range(3):
                with turn("p", clock=NOW):
                    with lock:
                        inside.append(number)
                        most.append(len(inside))
                    with lock:
                        inside.remove(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    assert most == [1] * 24
    assert generation("p") == 24


def test_threads_look_for_a_lease_in_the_order_in_which_they_came() -> None:
    line, came, served = Line(), Semaphore(0), []

    def wait(number: int) -> None:
        came.release()
        with line.first("p", patience=10):
            served.append(number)

    with ThreadPoolExecutor(3) as pool, line.first("p", patience=10):
        for number in range(3):
            pool.submit(wait, number)
            came.acquire(timeout=10)
            while line.length("p") < number + 2:
                pass
        assert served == []
    assert served == [0, 1, 2]
    assert line.length("p") == 0


NOW: Callable[[], datetime] = timezone.now  # noqa: TID251  # real threads need a real clock
