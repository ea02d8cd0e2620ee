"""Caches what the served refresh holds for people, in bounded memory: it never changes.

People who search send a request for each letter, and the same list would be read each time.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from eligibility.facts import Principals
from eligibility.index.lists import PersonalIndex, PersonalProject, personal_index
from eligibility.models import Refresh
from eligibility.validity import Period

# Each takes about 300 bytes.
MOST_PROJECTS = 15_000


@dataclass(slots=True)
class _Kept:
    """The lists of one refresh, by person; each as of the principals that it was read for."""

    refresh: tuple[int, datetime]
    lists: OrderedDict[str, tuple[Principals, PersonalIndex]] = field(default_factory=OrderedDict)
    projects: int = 0

    def put(self, principals: Principals, found: PersonalIndex, *, most: int) -> None:
        self.drop(principals.user)
        self.lists[principals.user] = (principals, found)
        self.projects += len(found.projects)
        while self.projects > most:
            self.drop(next(iter(self.lists)))

    def drop(self, user: str) -> None:
        if before := self.lists.pop(user, None):
            self.projects -= len(before[1].projects)


class RecentLists:
    """Keeps lists of at most so many projects in all; those of the refresh that was asked for last."""

    def __init__(self, *, most_projects: int = MOST_PROJECTS) -> None:
        self._most = most_projects
        self._kept: _Kept | None = None
        self._lock = Lock()

    def projects(
        self, refresh: Refresh, *, principals: Principals, wanted: Period
    ) -> tuple[PersonalProject, ...]:
        """Return what `personal_projects` returns; takes two queries, or none."""
        return self._index(refresh, principals).usable(wanted)

    def clear(self) -> None:
        with self._lock:
            self._kept = None

    def _index(self, refresh: Refresh, principals: Principals) -> PersonalIndex:
        with self._lock:
            kept = self._of(refresh)
            known = kept.lists.get(principals.user)
            if known and known[0] == principals:
                kept.lists.move_to_end(principals.user)
                return known[1]
        found = personal_index(refresh, principals=principals)
        with self._lock:
            # A list that leaves no room for others is read each time.
            if len(found.projects) <= self._most // 2:
                kept.put(principals, found, most=self._most)
        return found

    def _of(self, refresh: Refresh) -> _Kept:
        name = (refresh.pk, refresh.started_at)
        if self._kept is None or self._kept.refresh != name:
            self._kept = _Kept(name)
        return self._kept
