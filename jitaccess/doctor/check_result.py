"""The result of a check: state, what was found, what to do, and the command to copy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    OK = "ok"
    PROBLEM = "problem"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One line of the report."""

    name: str
    state: State
    what: str
    remedy: str = ""
    command: str = ""


def ok(name: str, what: str) -> CheckResult:
    return CheckResult(name, State.OK, what)


def problem(name: str, what: str, remedy: str, command: str = "") -> CheckResult:
    return CheckResult(name, State.PROBLEM, what, remedy, command)


def unknown(name: str, what: str, remedy: str = "", command: str = "") -> CheckResult:
    return CheckResult(name, State.UNKNOWN, what, remedy, command)
