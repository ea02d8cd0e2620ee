"""Who is administrator or auditor right now, by the configured people and groups."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from django.conf import settings

from activations.domain.permissions import NO_PERMISSIONS, Permissions
from activations.models import User
from activations.people.visibility import has_queue
from eligibility import providers
from googlecloud.errors import GoogleCloudError

logger = logging.getLogger("jitaccess.identity")

# Losing the group loses the admin within a minute.
KEPT_SECONDS = 55.0
MOST_KEPT = 10_000


class PermissionFinder:
    """Looks up parts and keeps each answer for under a minute.

    Whoever is named as `user:` has that part without a look-up, so that a directory which cannot be
    asked keeps no named administrator from the doctor, who says why. Parts that come by a group
    only are lost meanwhile, and nothing of it is kept.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[float, Permissions]] = {}
        self._lock = threading.Lock()

    def permissions_of(self, user: User, now: datetime) -> Permissions:
        """What this person is at this moment.

        :raises googlecloud.errors.GoogleCloudError: when groups must be read and cannot be, for
            somebody who is named for nothing.
        """
        part = self._configured(user.email)
        return replace(part, is_asked=has_queue(user, now=now))

    def _configured(self, email: str) -> Permissions:
        """What the settings make of this person.

        :raises googlecloud.errors.GoogleCloudError: when groups must be read and cannot be, for
            somebody who is named for nothing.
        """
        now = self._clock()
        with self._lock:
            kept = self._kept.get(email)
        if kept and now - kept[0] < KEPT_SECONDS:
            return kept[1]
        try:
            part = _part(email, _is_among)
        except GoogleCloudError as error:
            return _named_in_spite_of(error, email)
        with self._lock:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[email] = (now, part)
        return part

    def forget(self) -> None:
        with self._lock:
            self._kept.clear()


def _part(email: str, belongs: Callable[[str, tuple[str, ...]], bool]) -> Permissions:
    return Permissions(
        is_administrator=belongs(email, settings.ADMINISTRATORS),
        is_auditor=belongs(email, settings.AUDITORS),
        is_manager=belongs(email, settings.REVIEWERS),
    )


def _is_among(email: str, principals: tuple[str, ...]) -> bool:
    if _is_named(email, principals):
        return True
    if not any(principal.startswith("group:") for principal in principals):
        return False
    return providers.groups().is_among(email, principals)


def _named_in_spite_of(error: GoogleCloudError, email: str) -> Permissions:
    """What this person is without any group.

    :raises googlecloud.errors.GoogleCloudError: the same, when that is nothing.
    """
    named = _part(email, _is_named)
    if named == NO_PERMISSIONS:
        raise error
    logger.warning(
        "Groups cannot be read; %s has only the parts that the settings name them for: %s",
        email,
        error,
        extra={"event": "iap.authenticate"},
    )
    return named


def _is_named(email: str, principals: tuple[str, ...]) -> bool:
    return f"user:{email}" in principals


parts = PermissionFinder()
