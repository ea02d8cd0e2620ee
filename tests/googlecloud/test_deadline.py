"""Time budgets."""

from googlecloud.deadline import Deadline
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
