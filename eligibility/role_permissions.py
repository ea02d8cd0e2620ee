"""Reads which permissions of a role change IAM policies, and caches the answer for an hour."""

import logging
import time
from collections.abc import Callable
from typing import Protocol

from eligibility.caches import Expiring
from googlecloud.calls import Deadline
from googlecloud.errors import GoogleCloudError

KEPT_SECONDS = 3600.0
# Without the permission, or during an outage, IAM is not called again for each page.
UNKNOWN_KEPT_SECONDS = 60.0
MOST_KEPT = 1_000
# A page shows this beside other facts, so it does not wait longer for it.
PATIENCE_SECONDS = 3.0

log = logging.getLogger(__name__)
# The permissions; None stands for a role that could not be read.
Found = tuple[str, ...] | None


class IamRoles(Protocol):
    """Tells the permissions of a role."""

    def permissions(self, name: str, *, deadline: Deadline | None = None) -> frozenset[str]: ...


class Cloud(Protocol):
    """Provides the client of the IAM API."""

    @property
    def iam_roles(self) -> IamRoles: ...


class RolePermissions:
    """Calls IAM once per role and hour."""

    def __init__(self, cloud: Cloud, clock: Callable[[], float] = time.monotonic) -> None:
        self._cloud = cloud
        self._clock = clock
        self._kept: Expiring[str, tuple[Found]] = Expiring(size=MOST_KEPT, clock=clock)

    def changing_iam(self, role: str) -> Found:
        """Return the permissions of a role that change IAM policies, sorted; None when IAM does not tell."""
        if kept := self._kept.get(role):
            return kept[0]
        found = self._read(role)
        seconds = UNKNOWN_KEPT_SECONDS if found is None else KEPT_SECONDS
        self._kept.put(role, (found,), seconds=seconds)
        return found

    def _read(self, role: str) -> Found:
        try:
            permissions = self._cloud.iam_roles.permissions(
                role, deadline=Deadline(PATIENCE_SECONDS, self._clock)
            )
        except GoogleCloudError as error:
            log.warning(
                "Cannot read the permissions of %s: %s",
                role,
                error,
                extra={"event": "iam.rolePermissions"},
            )
            return None
        return tuple(sorted(one for one in permissions if one.endswith(".setIamPolicy")))
