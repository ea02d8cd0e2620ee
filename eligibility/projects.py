"""Lists and searches the projects that people can select; the list is the same for everybody."""

import logging
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, islice, takewhile
from typing import Protocol

from eligibility.caches import SingleFlight
from googlecloud.errors import GoogleCloudError

FRESH_SECONDS = 300.0
USABLE_SECONDS = 3600.0
MOST_FOUND = 100

log = logging.getLogger(__name__)


class ListedProject(Protocol):
    """A project in a list."""

    @property
    def project_id(self) -> str: ...

    @property
    def number(self) -> str: ...

    @property
    def display_name(self) -> str: ...


class ProjectSource(Protocol):
    """Lists projects."""

    def search_projects(self, *, query: str) -> Iterable[ListedProject]: ...


@dataclass(frozen=True, slots=True)
class _Listing:
    ids: tuple[str, ...]
    names: Mapping[str, str]
    ids_by_number: Mapping[str, str]
    read_at: float


class ProjectDirectory:
    """Caches the ids of all projects that a query finds.

    After FRESH_SECONDS one thread reads the list again, while others use the previous one. When Google
    does not answer, the previous list is used for up to USABLE_SECONDS.
    """

    def __init__(
        self, source: ProjectSource, *, query: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._source = source
        self._query = query
        self._clock = clock
        self._last: _Listing | None = None
        self._reading: SingleFlight[str, _Listing] = SingleFlight()

    def project_ids(self) -> tuple[str, ...]:
        """Return all ids, sorted, without duplicates.

        :raises GoogleCloudError: when no usable list is cached and Google does not answer.
        """
        return self._listing().ids

    def search(self, text: str, *, limit: int = MOST_FOUND) -> tuple[str, ...]:
        """Return the ids of projects whose id or name contains the text, ignoring case.

        Ids that start with the text come first. Numbers are not searched, because only people with
        eligible roles on a project may see which id belongs to its number.

        :raises GoogleCloudError: when no usable list is cached and Google does not answer.
        """
        listing, wanted = self._listing(), text.strip().casefold()
        ids, names = listing.ids, listing.names
        first = bisect_left(ids, wanted)
        starting = takewhile(lambda found: found.startswith(wanted), islice(ids, first, None))
        others = (
            found
            for found in ids
            if (wanted in found or wanted in names[found]) and not found.startswith(wanted)
        )
        return tuple(islice(chain(starting, others), limit))

    def known_id(self, number: str) -> str:
        """Return the id of the project with this number, or '' if the cached list does not contain it.

        Does not call Google.
        """
        last = self._last
        return last.ids_by_number.get(number, "") if last else ""

    def _listing(self) -> _Listing:
        last = self._last
        if last and self._age(last) < FRESH_SECONDS:
            return last
        usable = last if last and self._age(last) < USABLE_SECONDS else None
        if usable and self._reading.is_running(self._query):
            return usable
        try:
            return self._reading.run(self._query, self._read)
        except GoogleCloudError as error:
            if not usable:
                raise
            log.warning("Cannot read the list of projects; using the previous list: %s", error)
            return usable

    def _read(self) -> _Listing:
        started, last = self._clock(), self._last
        if last and self._age(last) < FRESH_SECONDS:
            return last  # another thread has read it in the meantime
        listed = self._source.search_projects(query=self._query)
        names: dict[str, str] = {}
        numbers: dict[str, str] = {}
        for item in listed:
            names[item.project_id] = item.display_name.casefold()
            if item.number:
                numbers[item.number] = item.project_id
        self._last = _Listing(tuple(sorted(names)), names, numbers, started)
        return self._last

    def _age(self, listing: _Listing) -> float:
        return self._clock() - listing.read_at
