"""Sends calls: reads are retried for a limited time, writes are sent once."""

import random
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from googlecloud.deadline import Deadline
from googlecloud.errors import QuotaExceeded, TimedOut, Unavailable
from googlecloud.refusals import Explanations

Json = dict[str, Any]
Build = Callable[[], Any]
_MOST_TRIES = 7
_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 4.0
_random = random.SystemRandom()


def pauses(tries: int) -> Iterator[float]:
    """Yield at most `tries` pauses, doubling up to four seconds, each shortened by up to a half."""
    for number in range(tries):
        yield min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**number) * _random.uniform(0.5, 1)


class Sender(Protocol):
    """Builds a request, sends it and returns the answer; raises errors of `googlecloud.errors`."""

    def __call__(
        self, build: Build, *, explanations: Explanations, at_most: float | None
    ) -> Json: ...


class Calls:
    """Sends the calls of one API client, with its limits for time and retries."""

    def __init__(
        self,
        send: Sender,
        *,
        retry_budget: float,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        self._send = send
        self._retry_budget = retry_budget
        self._sleep = sleep
        self._clock = clock

    def read(
        self, build: Build, *, explanations: Explanations, deadline: Deadline | None = None
    ) -> Json:
        """Return the answer. Retry on quota, server and connection failures while time allows.

        :raises GoogleCloudError: the last failure, when the time for retries is used up.
        """
        budget = Deadline(self._retry_budget, self._clock)
        for pause in pauses(_MOST_TRIES - 1):
            try:
                return self._once(build, explanations, deadline)
            except (QuotaExceeded, Unavailable) as error:
                wait = max(pause, error.retry_after or 0)
                if not (budget.allows(wait) and (deadline is None or deadline.allows(wait))):
                    raise
            self._sleep(wait)
        return self._once(build, explanations, deadline)

    def write(
        self, build: Build, *, explanations: Explanations, deadline: Deadline | None = None
    ) -> Json:
        """Send the request once and return the answer.

        :raises GoogleCloudError: when the call fails.
        """
        return self._once(build, explanations, deadline)

    def _once(self, build: Build, explanations: Explanations, deadline: Deadline | None) -> Json:
        at_most = None if deadline is None else deadline.remaining()
        if at_most is not None and at_most <= 0:
            raise TimedOut.before_sending("No time was left to ask Google", reason="DEADLINE")
        return self._send(build, explanations=explanations, at_most=at_most)
