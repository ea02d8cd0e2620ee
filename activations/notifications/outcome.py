"""The result of one delivery."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delivered:
    """The message was sent. `note` names refused recipients; `left` are tried again."""

    note: str = ""
    left: tuple[str, ...] = ()
