"""Independent look-ups run at the same time; one failure fails them all."""

import threading
from contextvars import ContextVar

import pytest

from googlecloud.parallel import gather

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
