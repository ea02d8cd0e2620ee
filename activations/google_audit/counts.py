"""The results of one run."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Counts:
    """The numbers that logs, HTTP responses and commands report."""

    pages: int = 0
    entries: int = 0
    unreadable: int = 0
    refused: int = 0
    confirmed: int = 0
    findings: int = 0
    closed: int = 0
    left: int = 0

    def __str__(self) -> str:
        found = ", ".join(f"{value} {name}" for name, value in self.as_dict().items() if value)
        return found or "nothing new"

    def as_dict(self) -> dict[str, int]:
        return asdict(self)
