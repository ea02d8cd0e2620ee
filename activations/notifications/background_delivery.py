"""Delivery right after the commit, by one background thread in this process.

An optimisation: what it does not get to, the cron door and `manage.py deliver` deliver.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
from collections.abc import Callable

from django.conf import settings
from django.db import connections
from django.utils import timezone

from activations.notifications.claims import next_due_at
from activations.notifications.delivery import deliver_due

logger = logging.getLogger("jitaccess.notifications")

SHORTEST_WAIT = 5.0
LONGEST_WAIT = 60.0
AT_EXIT_SECONDS = 4.0


class BackgroundDelivery:
    """Runs rounds of delivery in a thread of its own, which starts with the first wish."""

    def __init__(self, deliver: Callable[[], float | None]) -> None:
        self._deliver = deliver
        self._changed = threading.Condition()
        self._wished = 0
        self._done = 0
        self._thread: threading.Thread | None = None

    def wish(self) -> None:
        """See to it that a round begins after this moment; returns at once."""
        with self._changed:
            self._wished += 1
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="request_delivery", daemon=True
                )
                self._thread.start()
            self._changed.notify_all()

    def idle(self, timeout: float) -> bool:
        """Wait until every wish so far is fulfilled; False when that takes too long."""
        with self._changed:
            wished = self._wished
            return self._changed.wait_for(lambda: self._done >= wished, timeout)

    def _run(self) -> None:
        wait: float | None = None
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wished > self._done, wait)
                wished = self._wished
            wait = self._round()
            with self._changed:
                self._done = wished
                self._changed.notify_all()

    def _round(self) -> float | None:
        try:
            return self._deliver()
        except Exception:  # the thread must outlive a database that is away
            logger.warning("Delivery in the background failed", exc_info=True)
            return LONGEST_WAIT
        finally:
            connections.close_all()


def deliver_and_look_ahead() -> float | None:
    """Deliver what is due; in how many seconds to look again, None when nothing waits."""
    clock = timezone.now  # noqa: TID251  # the thread is an edge of its own
    deliver_due(clock=clock)
    due = next_due_at()
    if due is None:
        return None
    return min(max((due - clock()).total_seconds(), SHORTEST_WAIT), LONGEST_WAIT)


_deliveries: dict[int, BackgroundDelivery] = {}
_making = threading.Lock()


def request_delivery() -> None:
    """Deliver soon, without making anybody wait."""
    if settings.NOTIFICATION_BACKGROUND_DELIVERY:
        _of_this_process().wish()


def idle(timeout: float) -> bool:
    """Wait until what was announced so far has had its round; False when that takes too long."""
    found = _deliveries.get(os.getpid())
    return found is None or found.idle(timeout)


def _of_this_process() -> BackgroundDelivery:
    """A thread does not survive a fork, so each process has a background delivery of its own."""
    with _making:
        if os.getpid() not in _deliveries:
            _deliveries.clear()
            _deliveries[os.getpid()] = BackgroundDelivery(deliver_and_look_ahead)
        return _deliveries[os.getpid()]


atexit.register(idle, AT_EXIT_SECONDS)
