"""Searches Cloud Identity for all groups of a person or in a group, with one call each."""

import logging
import time
from collections.abc import Callable
from threading import Lock
from typing import Protocol, TypeVar

from eligibility.expiring import Expiring
from googlecloud.cloud_identity import FoundGroup
from googlecloud.errors import (
    SWITCHED_OFF,
    Denied,
    GoogleCloudError,
    Invalid,
    NotFound,
    NotLicensed,
)

log = logging.getLogger(__name__)

T = TypeVar("T")

REFUSALS_KEPT_SECONDS = 86_400.0  # editions, enabled APIs and admin roles seldom change
NAMES_KEPT_SECONDS = 86_400.0  # a group keeps its resource name
MOST_KEPT = 50_000
_EVERYBODY = ""


class CloudIdentity(Protocol):
    """Searches through nested groups."""

    def groups_of(self, *, member: str, customer_id: str) -> list[FoundGroup]: ...
    def group_name(self, *, email: str) -> str: ...
    def groups_inside(self, *, name: str) -> frozenset[str]: ...


class GroupSearch:
    """Calls Cloud Identity, but not for a day after a refusal.

    A missing license or permission applies to all people, unless Cloud Identity has answered before.
    Then it applies to this person or group, such as one of another organisation. Other failures of
    Google are raised and not cached.
    """

    def __init__(
        self,
        cloud_identity: CloudIdentity,
        *,
        customer_id: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cloud_identity = cloud_identity
        self._customer_id = customer_id
        self._refused: Expiring[str, str] = Expiring(size=MOST_KEPT, clock=clock)
        self._names: Expiring[str, str] = Expiring(size=MOST_KEPT, clock=clock)
        self._has_answered = False
        self._lock = Lock()

    def groups_of(self, person: str) -> tuple[str, ...] | None:
        """Return the addresses of all groups that contain a person; None if the search is refused.

        :raises GoogleCloudError: when Google does not answer.
        """
        found = self._asked(
            f"user:{person}",
            lambda: self._cloud_identity.groups_of(member=person, customer_id=self._customer_id),
        )
        return None if found is None else tuple(group.email for group in found)

    def groups_inside(self, group: str) -> frozenset[str]:
        """Return the addresses of all groups in a group; empty if the search is refused.

        :raises GoogleCloudError: when Google does not answer.
        """
        found = self._asked(
            f"group:{group}",
            lambda: self._cloud_identity.groups_inside(name=self._name_of(group)),
        )
        return found or frozenset()

    def _name_of(self, group: str) -> str:
        if name := self._names.get(group):
            return name
        name = self._cloud_identity.group_name(email=group)
        self._names.put(group, name, seconds=NAMES_KEPT_SECONDS)
        return name

    def _asked(self, principal: str, ask: Callable[[], T]) -> T | None:
        if self._refused.get(_EVERYBODY) or self._refused.get(principal):
            return None
        try:
            found = ask()
        except (Denied, Invalid, NotFound) as error:
            self._remember(principal, error)
            return None
        self._has_answered = True
        return found

    def _remember(self, principal: str, error: GoogleCloudError) -> None:
        with self._lock:
            if self._refused.get(_EVERYBODY):
                return  # another thread has recorded and logged the refusal
            is_general = self._is_general(principal, error)
            key = _EVERYBODY if is_general else principal
            self._refused.put(key, type(error).__name__, seconds=REFUSALS_KEPT_SECONDS)
        log.info(
            "Cloud Identity refuses searches%s. The Directory API is used for a day: %s",
            "" if is_general else f" for {principal}",
            error,
            extra={"event": "groups.source"},
        )

    def _is_general(self, principal: str, error: GoogleCloudError) -> bool:
        """Return whether a refusal applies to all people. Hidden and deleted groups are also denied."""
        if error.reason in SWITCHED_OFF:
            return True
        if self._has_answered or not isinstance(error, Denied):
            return False
        return isinstance(error, NotLicensed) or principal.startswith("user:")
