"""Caches people's principals for ten minutes for lists. Decisions read the person's groups each time."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Protocol

from eligibility.expiring import Expiring
from eligibility.principals import Principals
from eligibility.single_flight import SingleFlight

KEPT_SECONDS = 600.0
MOST_KEPT = 5_000


class Groups(Protocol):
    """Returns a person's principals."""

    def principals(self, *, user: str) -> Principals: ...


class RecentPrincipals:
    """Caches principals per person. Threads that need the same person share one call."""

    def __init__(self, groups: Groups, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._groups = groups
        self._kept: Expiring[str, Principals] = Expiring(size=MOST_KEPT, clock=clock)
        self._asking: SingleFlight[str, Principals] = SingleFlight()

    def of(self, *, user: str) -> Principals:
        """Return a person's principals as of at most ten minutes ago.

        :raises GoogleCloudError: when nothing is cached and Google does not answer.
        """
        email = user.lower()
        return self._kept.get(email) or self._asking.run(email, partial(self._ask, email))

    def forget(self, *, user: str) -> None:
        """Remove the cached principals, so that the next call reads them again."""
        self._kept.forget(user.lower())

    def _ask(self, email: str) -> Principals:
        found = self._groups.principals(user=email)
        self._kept.put(email, found, seconds=KEPT_SECONDS)
        return found
