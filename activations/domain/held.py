"""Merges grants of one person for one role into the access that they add up to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Span(Generic[T]):
    """One grant: its start, inclusive, and its end, exclusive; an end of None means that it still lasts."""

    start: datetime
    end: datetime | None
    of: T


@dataclass(slots=True)
class Uninterrupted(Generic[T]):
    """Spans that overlap or touch, in the order of their starts; `last` ended last, or still lasts."""

    parts: list[Span[T]]
    last: Span[T]

    @property
    def start(self) -> datetime:
        return self.parts[0].start

    @property
    def end(self) -> datetime | None:
        return self.last.end


def uninterrupted(spans: Iterable[Span[T]]) -> Iterator[Uninterrupted[T]]:
    """Yield the access that spans of one person and role add up to; takes them ordered by start.

    A span that starts at the moment when the one before ends continues it, as an extension does.
    """
    current: Uninterrupted[T] | None = None
    for span in spans:
        if current is None or (current.end is not None and span.start > current.end):
            if current is not None:
                yield current
            current = Uninterrupted([span], span)
            continue
        current.parts.append(span)
        if current.end is not None and (span.end is None or span.end >= current.end):
            current.last = span
    if current is not None:
        yield current
