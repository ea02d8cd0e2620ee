"""The answer to "would a request be accepted now?": checks with their outcomes, and a verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from eligibility.entitlements import ActivationType


class Check(StrEnum):
    """What a step looked at, in the order in which steps are shown; `RULE` is the access policy."""

    PROJECT = "project"
    SCOPE = "scope"
    ROLE = "role"
    GRANTABLE = "grantable"
    BINDING = "binding"
    MEMBERSHIP = "membership"
    GROUP = "group"
    CONDITION = "condition"
    WINDOW = "window"
    RULE = "rule"
    REVIEWERS = "reviewers"
    POLICY = "policy"
    INDEX = "index"


class Outcome(StrEnum):
    """What a check found; `INFO` does not affect the verdict."""

    PASS = "pass"  # noqa: S105  # not a password
    FAIL = "fail"
    UNKNOWN = "unknown"
    INFO = "info"


class Verdict(StrEnum):
    """Whether a request would be accepted now."""

    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not_eligible"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Step:
    """One check: what was found, what to do about it, and a shell command for administrators."""

    check: Check
    outcome: Outcome
    text: str
    remedy: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """All steps, the verdict that follows from them, and when Google was asked."""

    verdict: Verdict
    activation_type: ActivationType | None
    steps: tuple[Step, ...]
    checked_at: datetime


def passed(check: Check, text: str) -> Step:
    return Step(check, Outcome.PASS, text)


def failed(check: Check, text: str, remedy: str = "", command: str = "") -> Step:
    return Step(check, Outcome.FAIL, text, remedy, command)


def unknown(check: Check, text: str, remedy: str = "", command: str = "") -> Step:
    return Step(check, Outcome.UNKNOWN, text, remedy, command)


def info(check: Check, text: str, remedy: str = "", command: str = "") -> Step:
    return Step(check, Outcome.INFO, text, remedy, command)


def verdict_of(steps: Iterable[Step]) -> Verdict:
    """Return what follows from the steps: one failure decides, then one unknown."""
    outcomes = {step.outcome for step in steps}
    if Outcome.FAIL in outcomes:
        return Verdict.NOT_ELIGIBLE
    return Verdict.UNKNOWN if Outcome.UNKNOWN in outcomes else Verdict.ELIGIBLE


def in_order(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Return the steps in the order of their checks, each once."""
    position = {check: number for number, check in enumerate(Check)}
    return tuple(sorted(dict.fromkeys(steps), key=lambda step: position[step.check]))
