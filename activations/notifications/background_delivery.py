"""Delivers messages right after the commit, in one background thread per process.

This is an optimisation. The cron endpoint and `manage.py deliver` deliver the remaining messages.
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
    """Runs rounds of delivery in a background thread, which starts with the first request."""

    def __init__(self, deliver: Callable[[], float | None]) -> None:
        self._deliver = deliver
        self._changed = threading.Condition()
        self._requested = 0
        self._done = 0
        self._thread: threading.Thread | None = None

    def request(self) -> None:
        """Start a round after this moment. Returns immediately."""
        with self._changed:
            self._requested += 1
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="request_delivery", daemon=True
                )
                self._thread.start()
            self._changed.notify_all()

    def idle(self, timeout: float) -> bool:
        """Wait until all rounds requested so far are done. Return False after `timeout` seconds."""
        with self._changed:
            requested = self._requested
            return self._changed.wait_for(lambda: self._done >= requested, timeout)

    def _run(self) -> None:
        wait: float | None = None
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._requested > self._done, wait)
                requested = self._requested
            wait = self._round()
            with self._changed:
                self._done = requested
                self._changed.notify_all()

    def _round(self) -> float | None:
        try:
            return self._deliver()
        except Exception:  # the thread must survive an outage of the database
            logger.warning("Delivery in the background failed", exc_info=True)
            return LONGEST_WAIT
        finally:
            connections.close_all()


def deliver_and_look_ahead() -> float | None:
    """Deliver due messages. Return the seconds until the next round, None when no message waits."""
    clock = timezone.now  # noqa: TID251  # the thread has no caller that could pass a clock
    deliver_due(clock=clock)
    due = next_due_at()
    if due is None:
        return None
    return min(max((due - clock()).total_seconds(), SHORTEST_WAIT), LONGEST_WAIT)


_by_process: dict[int, BackgroundDelivery] = {}
_creating = threading.Lock()


def request_delivery() -> None:
    """Deliver due messages soon, in the background."""
    if settings.NOTIFICATION_BACKGROUND_DELIVERY:
        _of_this_process().request()


def idle(timeout: float) -> bool:
    """Wait until all rounds requested so far are done. Return False after `timeout` seconds."""
    found = _by_process.get(os.getpid())
    return found is None or found.idle(timeout)


def _of_this_process() -> BackgroundDelivery:
    """Return this process's instance. Threads do not survive a fork, so processes do not share one."""
    with _creating:
        if os.getpid() not in _by_process:
            _by_process.clear()
            _by_process[os.getpid()] = BackgroundDelivery(deliver_and_look_ahead)
        return _by_process[os.getpid()]


atexit.register(idle, AT_EXIT_SECONDS)
