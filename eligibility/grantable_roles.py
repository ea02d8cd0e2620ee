"""Reads which roles can be granted on a project, and caches the answer for an hour."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from eligibility.caches import Expiring, SingleFlight
from eligibility.iam_limits import is_role_of_another_project
from googlecloud.calls import Deadline
from googlecloud.errors import GoogleCloudError

KEPT_SECONDS = 3600.0
# Without the permission, or during an outage, IAM is not called again for each request.
UNKNOWN_KEPT_SECONDS = 60.0
MOST_KEPT = 1_000
# The check only improves an error message, so requests do not wait longer than this for it.
PATIENCE_SECONDS = 5.0

log = logging.getLogger(__name__)


class IamRoles(Protocol):
    """Lists the roles that can be granted on a project."""

    def grantable(self, project_id: str, *, deadline: Deadline | None = None) -> frozenset[str]: ...


class Cloud(Protocol):
    """Provides the client of the IAM API."""

    @property
    def iam_roles(self) -> IamRoles: ...


@dataclass(frozen=True, slots=True)
class _Listed:
    """The roles that IAM lists for a project. No predefined role means that IAM gave no answer."""

    predefined: frozenset[str] = frozenset()
    custom: frozenset[str] = frozenset()


class GrantableRoles:
    """Calls IAM once per project and hour. Threads that need the same project share one call."""

    def __init__(self, cloud: Cloud, clock: Callable[[], float] = time.monotonic) -> None:
        self._cloud = cloud
        self._clock = clock
        self._kept: Expiring[str, _Listed] = Expiring(size=MOST_KEPT, clock=clock)
        self._asking: SingleFlight[str, _Listed] = SingleFlight()
        self._last_predefined: frozenset[str] = frozenset()

    def is_grantable(self, project_id: str, role: str) -> bool | None:
        """Return whether the project's policy can bind the role; None when only the write determines it.

        False for predefined roles that IAM does not list, and for custom roles of other projects. A
        custom role of this project or of an organization that is not listed may be newer than the
        list, or not visible to the service account.
        """
        if is_role_of_another_project(role, project_id):
            return False
        listed = self._listed(project_id)
        if role in listed.predefined or role in listed.custom:
            return True
        return None if "/roles/" in role or not listed.predefined else False

    def _listed(self, project_id: str) -> _Listed:
        return self._kept.get(project_id) or self._asking.run(
            project_id, partial(self._ask, project_id)
        )

    def _ask(self, project_id: str) -> _Listed:
        if kept := self._kept.get(project_id):
            return kept  # another thread has read it in the meantime
        listed = self._read(project_id)
        seconds = KEPT_SECONDS if listed.predefined else UNKNOWN_KEPT_SECONDS
        self._kept.put(project_id, listed, seconds=seconds)
        return listed

    def _read(self, project_id: str) -> _Listed:
        patience = Deadline(PATIENCE_SECONDS, self._clock)
        try:
            roles = self._cloud.iam_roles.grantable(project_id, deadline=patience)
        except GoogleCloudError as error:
            log.warning(
                "Cannot check in advance which roles can be granted on %s: %s",
                project_id,
                error,
                extra={"event": "iam.grantableRoles"},
            )
            return _Listed()
        custom = frozenset(role for role in roles if not role.startswith("roles/"))
        return _Listed(self._same(roles - custom), custom)

    def _same(self, predefined: frozenset[str]) -> frozenset[str]:
        """Return the previous set when it is equal, because it takes 100 KB and most projects share it."""
        if predefined != self._last_predefined:
            self._last_predefined = predefined
        return self._last_predefined
