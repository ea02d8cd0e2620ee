"""Reads many values a part at a time, so that few are in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batched(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the values in lists of at most `size`, as `itertools.batched` of later versions of Python."""
    remaining = iter(values)
    while some := list(islice(remaining, size)):
        yield some
