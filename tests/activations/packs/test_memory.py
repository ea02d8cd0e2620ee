"""The memory for a pack, and for its verification, does not grow with the history."""

from __future__ import annotations

import gc
import io
import tracemalloc
from datetime import date, timedelta
from typing import IO, cast
from uuid import uuid4

import pytest

from activations.domain.periods import Days
from activations.exports import columns
from activations.models import Request
from activations.packs import tables
from activations.packs.making import Order, make_pack
from activations.packs.wanted import Wanted
from tests.activations.admin import history
from tests.activations.admin.history import NOON

# Keeping the rows that are added would take twice as much.
MOST_GROWTH = 768 * 1024


class Nowhere(io.RawIOBase):
    """Counts bytes, so that the pack itself is not in memory."""

    def __init__(self) -> None:
        self.size = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.size

    def write(self, data: object) -> int:
        count = memoryview(data).nbytes  # type: ignore[arg-type]  # bytes or a view of them
        self.size += count
        return count


def peak() -> int:
    order = Order(uuid4(), Wanted(Days(date(2025, 1, 1), date(2026, 1, 1))), "audrey@example.com")
    usual = gc.get_threshold()
    # Rows of Django refer to each other, and a short history is too small for the collector to run.
    gc.freeze()
    gc.collect()
    gc.set_threshold(200, 1, 1)
    tracemalloc.start()
    try:
        make_pack(
            order,
            target=cast(IO[bytes], Nowhere()),
            sign=None,
            clock=lambda: NOON + timedelta(days=400),
        )
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.set_threshold(*usual)
        gc.unfreeze()


@pytest.mark.django_db
@pytest.mark.one_database
def test_memory_does_not_grow_with_the_history(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in ((tables, "AT_ONCE"), (columns, "PREPARED_AT_ONCE")):
        monkeypatch.setattr(module, name, 20)
    fill(60)
    peak()  # caches
    before = peak()
    fill(240)
    assert peak() - before < MOST_GROWTH


def fill(count: int) -> None:
    first = Request.objects.count()
    for number in range(first, first + count):
        history.grant(NOON + timedelta(hours=2 * number))
