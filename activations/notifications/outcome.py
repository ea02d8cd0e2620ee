"""What came of one delivery."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delivered:
    """It went out; the note tells who did not get it, `left` who is to be tried again."""

    note: str = ""
    left: tuple[str, ...] = ()
