"""What was found: how it is, what to do, and the command to copy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    OK = "ok"
    PROBLEM = "problem"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    name: str
    state: State
    what: str
    remedy: str = ""
    command: str = ""


def ok(name: str, what: str) -> Finding:
    return Finding(name, State.OK, what)


def problem(name: str, what: str, remedy: str, command: str = "") -> Finding:
    return Finding(name, State.PROBLEM, what, remedy, command)


def unknown(name: str, what: str, remedy: str = "", command: str = "") -> Finding:
    return Finding(name, State.UNKNOWN, what, remedy, command)
