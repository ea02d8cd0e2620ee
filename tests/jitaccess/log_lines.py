"""Collects the lines that the application would write to standard output."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jitaccess.logging import CloudLoggingFormatter


class LogLines(logging.Handler):
    """Formats each entry at the moment it is logged, as production does."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(CloudLoggingFormatter())
        self.entries: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.entries.append(json.loads(self.format(record)))

    def of(self, event: str) -> list[dict[str, Any]]:
        """Return the entries of one event."""
        return [entry for entry in self.entries if labels(entry)["event"] == event]


def labels(entry: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = entry["logging.googleapis.com/labels"]
    return found


def trace(entry: dict[str, Any]) -> str | None:
    found: str | None = entry["logging.googleapis.com/trace"]
    return found


@contextmanager
def listening() -> Iterator[LogLines]:
    """Collect all entries logged inside the block."""
    lines, root = LogLines(), logging.getLogger()
    level = root.level
    root.addHandler(lines)
    root.setLevel(logging.INFO)
    try:
        yield lines
    finally:
        root.removeHandler(lines)
        root.setLevel(level)
