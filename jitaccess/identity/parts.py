"""Who is administrator or auditor right now, by the configured people and groups."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from django.conf import settings

from activations.models import User
from activations.parts import Part
from activations.visibility import has_queue
from eligibility import providers

# Losing the group loses the admin within a minute.
KEPT_SECONDS = 55.0
MOST_KEPT = 10_000


class PartFinder:
    """Looks up parts and keeps each answer for under a minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[float, Part]] = {}
        self._lock = threading.Lock()

    def part_of(self, user: User, now: datetime) -> Part:
        """What this person is at this moment.

        :raises googlecloud.errors.GoogleCloudError: when groups must be read and cannot be.
        """
        part = self._configured(user.email)
        return replace(part, is_asked=has_queue(user, now=now))

    def _configured(self, email: str) -> Part:
        """What the settings make of this person.

        :raises googlecloud.errors.GoogleCloudError: when groups must be read and cannot be.
        """
        now = self._clock()
        with self._lock:
            kept = self._kept.get(email)
        if kept and now - kept[0] < KEPT_SECONDS:
            return kept[1]
        part = self._look_up(email)
        with self._lock:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[email] = (now, part)
        return part

    def forget(self) -> None:
        with self._lock:
            self._kept.clear()

    def _look_up(self, email: str) -> Part:
        return Part(
            is_administrator=self._is_among(email, settings.ADMINISTRATORS),
            is_auditor=self._is_among(email, settings.AUDITORS),
            is_manager=self._is_among(email, settings.REVIEWERS),
        )

    def _is_among(self, email: str, principals: tuple[str, ...]) -> bool:
        if f"user:{email}" in principals:
            return True
        if not any(principal.startswith("group:") for principal in principals):
            return False
        return providers.groups().is_among(email, principals)


parts = PartFinder()
