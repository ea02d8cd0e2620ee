"""What verification finds: ways in which rows differ from their events."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST = 120


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which a row differs from its events; `event` is the one that recorded the value.

    `owner` names what the row belongs to, if that is no request.
    """

    table: str
    key: str
    request: str
    message: str
    event: int = 0
    field: str = ""
    owner: str = ""

    def __str__(self) -> str:
        is_own = self.table == "request" or not self.request
        owner = self.owner or ("" if is_own else f"request {self.request}")
        of_owner = f" of {owner}" if owner else ""
        said_by = f" (event {self.event})" if self.event else ""
        return f"{self.table.replace('_', '-').capitalize()} {self.key}{of_owner}: {self.message}{said_by}"


def short(value: object) -> str:
    """Return a value for a message."""
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
