"""The position within a phase, as text in the row of the refresh: a page of a list, or the phase's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

BEGIN = ""
# Google's token of a list has expired: delete the rows of this phase, then begin it again.
RESTART = "restart"
_PAGE = "page:"


@dataclass(frozen=True, slots=True)
class Done:
    """What a step wrote: where the phase goes on (None: it has ended), and by how much counts grow."""

    next: str | None
    counts: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


Write = Callable[[], Done]
"""Writes what a step has read; runs inside a transaction, so it must not call Google."""


def page(token: str) -> str | None:
    """Return the position of Google's page with this token; None when there is no next page."""
    return f"{_PAGE}{token}" if token else None


def token_of(position: str) -> str:
    """Return Google's page token of a position; empty when it names no page."""
    return position.removeprefix(_PAGE) if position.startswith(_PAGE) else ""


def after(position: str, word: str) -> str | None:
    """Return what follows `word:` in a position; None when it does not begin with it."""
    start = f"{word}:"
    return position.removeprefix(start) if position.startswith(start) else None
