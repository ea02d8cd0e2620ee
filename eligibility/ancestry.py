"""Reads the folders above a project, and caches the answer for ten minutes."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Protocol

from eligibility.caches import Expiring, SingleFlight

KEPT_SECONDS = 600.0
MOST_KEPT = 5_000


class Ancestors(Protocol):
    """Reads the folders above a project."""

    def folders_above(self, *, project_id: str) -> frozenset[str]: ...


class Cloud(Protocol):
    """Provides the client of Resource Manager."""

    @property
    def ancestors(self) -> Ancestors: ...


class Ancestry:
    """Caches folders per project. Threads that need the same project share one look-up."""

    def __init__(self, cloud: Cloud, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._cloud = cloud
        self._kept: Expiring[str, frozenset[str]] = Expiring(size=MOST_KEPT, clock=clock)
        self._asking: SingleFlight[str, frozenset[str]] = SingleFlight()

    def folders_above(self, project_id: str) -> frozenset[str]:
        """Return the folders above a project as of at most ten minutes ago, such as `folders/11`.

        :raises GoogleCloudError: when nothing is cached and one of them cannot be read.
        """
        kept = self._kept.get(project_id)
        if kept is not None:  # a project may be in no folder
            return kept
        return self._asking.run(project_id, partial(self._ask, project_id))

    def _ask(self, project_id: str) -> frozenset[str]:
        found = self._cloud.ancestors.folders_above(project_id=project_id)
        self._kept.put(project_id, found, seconds=KEPT_SECONDS)
        return found
