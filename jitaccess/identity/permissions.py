"""Determines who is administrator, auditor or reviewer, from the configured people and groups."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db.models import BooleanField, ExpressionWrapper, QuerySet

from activations.domain.permissions import NO_PERMISSIONS, Permissions
from activations.models import User
from activations.people.visibility import QUEUE_KEPT, queue_condition
from certification.services.judging import has_reviews
from eligibility import providers
from eligibility.caches import Expiring
from eligibility.compiled import Compiled, instant, some_person, text
from googlecloud.errors import GoogleCloudError

logger = logging.getLogger("jitaccess.identity")

# A person who leaves the group loses the permission within a minute.
KEPT_SECONDS = 55.0
MOST_KEPT = 10_000


def _asked() -> QuerySet[User, tuple[bool, bool]]:
    """Whether a person is asked to review requests, and access in a campaign."""
    user = some_person()
    queue = queue_condition(user, since=instant("since"), quoted=text("quoted"))
    return User.objects.filter(pk=user).values_list(
        ExpressionWrapper(queue, output_field=BooleanField()), has_reviews()
    )


_ASKED = Compiled(_asked)


class PermissionFinder:
    """Looks up permissions and caches each answer for less than a minute.

    A person who is named as `user:` needs no look-up, so a named administrator can open the doctor
    while the directory is down. Permissions through groups are lost in the meantime; that answer
    is not cached.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._kept: Expiring[str, Permissions] = Expiring(size=MOST_KEPT, clock=clock)

    def permissions_of(self, user: User, now: datetime) -> Permissions:
        """Return the permissions that this person has at `now`.

        :raises googlecloud.errors.GoogleCloudError: when groups must be read and cannot be, and the
        person is not named in any setting.
        """
        configured = self._configured(user.email)
        asked = _ASKED.first(
            person=user.pk,
            email=user.email,
            quoted=json.dumps(user.email),
            since=now - QUEUE_KEPT,
        )
        is_asked, is_access_reviewer = asked or (False, False)
        return replace(configured, is_asked=is_asked, is_access_reviewer=is_access_reviewer)

    def _configured(self, email: str) -> Permissions:
        """Return the permissions that the settings give to this person.

        :raises googlecloud.errors.GoogleCloudError: when groups must be read and cannot be, and the
        person is not named in any setting.
        """
        if kept := self._kept.get(email):
            return kept
        try:
            found = _permissions(email, _is_among)
        except GoogleCloudError as error:
            return _named_despite(error, email)
        self._kept.put(email, found, seconds=KEPT_SECONDS)
        return found

    def forget(self) -> None:
        """Clear the cache, for tests that change settings or groups."""
        self._kept.clear()


def _permissions(email: str, belongs: Callable[[str, tuple[str, ...]], bool]) -> Permissions:
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


def _named_despite(error: GoogleCloudError, email: str) -> Permissions:
    """Return the permissions of this person without any group.

    :raises googlecloud.errors.GoogleCloudError: `error`, when there are none.
    """
    named = _permissions(email, _is_named)
    if named == NO_PERMISSIONS:
        raise error
    logger.warning(
        "Groups cannot be read; %s has only the permissions that the settings grant by name: %s",
        email,
        error,
        extra={"event": "iap.authenticate"},
    )
    return named


def _is_named(email: str, principals: tuple[str, ...]) -> bool:
    return f"user:{email}" in principals


permission_finder = PermissionFinder()
