"""Somebody else who changes a policy while the server runs."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from simulator.company import Company

PROJECT = "shop-prod"
ERIN = "user:erin@example.com"
PAUSE = 0.15
MOST = 300  # a policy holds 1,500 principals


class Others:
    """Adds bindings inside a `with` block, as another writer would; all must stay, in their order."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._writes = 0
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._stopped.clear()
        self._thread = threading.Thread(target=self._write)
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._stopped.set()
        if self._thread:
            self._thread.join()

    def missing(self) -> list[str]:
        """Return a violation if their bindings are not the ones that they wrote."""
        roles = [
            binding["role"]
            for binding in self._company.policy(PROJECT)["bindings"]
            if binding["role"].startswith("roles/foreign.")
        ]
        expected = [_role(number + 1) for number in range(self._writes)]
        return [] if roles == expected else [f"foreign bindings are {roles}, not {expected}"]

    def _write(self) -> None:
        while self._writes < MOST and not self._stopped.wait(PAUSE):
            self._writes += 1
            self._company.bind(PROJECT, _role(self._writes), [ERIN])


def _role(number: int) -> str:
    return f"roles/foreign.number{number}"
