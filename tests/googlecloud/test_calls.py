"""Time budgets run out, independent look-ups run at the same time, and calls are counted."""

import threading
from contextvars import ContextVar

import pytest

from googlecloud import calls
from googlecloud.calls import Deadline, gather
from googlecloud.cloud import Cloud
from simulator import Simulator
from tests.googlecloud.clock import Clock


def test_it_runs_out_and_never_turns_negative(clock: Clock) -> None:
    deadline = Deadline(30, clock)
    clock.sleep(29)
    assert (deadline.remaining(), deadline.expired) == (1, False)
    clock.sleep(5)
    assert (deadline.remaining(), deadline.expired) == (0, True)


def test_a_pause_must_leave_time(clock: Clock) -> None:
    deadline = Deadline(10, clock)
    assert deadline.allows(9.9)
    assert not deadline.allows(10)


def test_a_last_read_gets_a_minimum_of_time(clock: Clock) -> None:
    deadline = Deadline(1, clock)
    assert deadline.at_least(1) is deadline
    assert deadline.at_least(3).remaining() == 3


def test_it_uses_real_time_by_default() -> None:
    assert 9 < Deadline(10).remaining() <= 10


WHO: ContextVar[str] = ContextVar("who", default="nobody")


def test_results_have_the_order_of_the_calls() -> None:
    assert gather(lambda: 1, lambda: "two", lambda: None) == (1, "two", None)
    assert gather() == ()
    assert gather(lambda: 1) == (1,)


def test_they_really_run_at_the_same_time() -> None:
    meeting = threading.Barrier(3, timeout=5)
    assert sorted(gather(meeting.wait, meeting.wait, meeting.wait)) == [0, 1, 2]


def test_an_error_is_raised_when_all_that_began_have_ended() -> None:
    began, failing, ended = threading.Event(), threading.Event(), threading.Event()

    def slow() -> None:
        began.set()
        failing.wait(5)
        threading.Event().wait(0.05)
        ended.set()

    def fail() -> None:
        began.wait(5)
        failing.set()
        raise KeyError("first")

    with pytest.raises(KeyError, match="first"):
        gather(fail, slow)
    assert ended.is_set()


def test_of_several_errors_the_first_in_order_is_raised() -> None:
    both = threading.Barrier(2, timeout=5)

    def fail(message: str) -> None:
        both.wait()
        raise ValueError(message)

    with pytest.raises(ValueError, match="first"):
        gather(lambda: 1, lambda: fail("first"), lambda: fail("second"))


def test_threads_inherit_the_context() -> None:
    token = WHO.set("alice")
    try:
        assert gather(WHO.get, WHO.get, WHO.get) == ("alice", "alice", "alice")
    finally:
        WHO.reset(token)


def test_gathering_inside_a_gathered_call_never_locks_up() -> None:
    def inner() -> int:
        return sum(gather(*[lambda: 1] * 10))

    assert sum(gather(*[inner] * 60)) == 600


def test_calls_of_parallel_threads_count_for_the_same_request(cloud: Cloud, sim: Simulator) -> None:
    def read() -> object:
        return cloud.resource_manager.get_policy(project_id="shop-prod")

    with calls.tally() as outer:
        gather(read, read)
    with calls.tally() as other:
        read()
    read()
    assert (outer.calls, other.calls) == (2, 1)
    assert outer.seconds > 0
    assert len(sim.calls.google) == 4
