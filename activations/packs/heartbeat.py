"""Renews the lease of an order while a run reads the database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Self

from django.db import DatabaseError, connection

from activations.models import EvidencePack
from activations.packs.orders import LostTurn, hold

SECONDS = 10.0


class Heartbeat:
    """A thread that renews the lease and stores the progress that `note` reports, while the block runs.

    It has its own connection: the block reads one state of the database, in which nothing can be written.
    """

    def __init__(
        self, pack: EvidencePack, *, clock: Callable[[], datetime], seconds: float = SECONDS
    ) -> None:
        self._pack = pack
        self._clock = clock
        self._seconds = seconds
        self._words = "Reading"
        self._stopped = threading.Event()
        self._lost = False
        self._thread = threading.Thread(target=self._run, name="pack-heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._thread.join()

    def note(self, progress: str) -> None:
        """Report progress.

        :raises LostTurn: when another run has taken over.
        """
        if self._lost:
            raise LostTurn
        self._words = progress

    def _run(self) -> None:
        try:
            while not self._lost and not self._stopped.wait(self._seconds):
                self._beat()
        finally:
            connection.close()

    def _beat(self) -> None:
        try:
            hold(self._pack, now=self._clock(), progress=self._words)
        except LostTurn:
            self._lost = True
        except DatabaseError:
            return  # the lease lasts for several beats
