"""The results of one run of the reconciler."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Counts:
    """The numbers that logs, HTTP responses and commands report."""

    finished: int = 0
    failed: int = 0
    retried: int = 0
    left: int = 0
    closed: int = 0
    ended: int = 0
    removed: int = 0
    drifted: int = 0
    adopted: int = 0
    renamed: int = 0
    told: int = 0
    projects: int = 0
    troubled: int = 0

    def __str__(self) -> str:
        return (
            ", ".join(f"{value} {name}" for name, value in self.as_dict().items() if value)
            or "nothing to do"
        )

    def as_dict(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in self.__slots__}
