"""Formats results as text for a terminal and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from jitaccess.doctor.check_result import CheckResult, State


def is_healthy(findings: Sequence[CheckResult]) -> bool:
    """Return whether there is no problem; an unknown result is not a problem."""
    return all(found.state is not State.PROBLEM for found in findings)


def summary(findings: Sequence[CheckResult]) -> str:
    counts = {state: sum(found.state is state for found in findings) for state in State}
    return ", ".join(f"{count} {state}" for state, count in counts.items())


def as_text(findings: Sequence[CheckResult]) -> str:
    return "\n".join([*(_lines(found) for found in findings), "", summary(findings)])


def as_json(findings: Sequence[CheckResult]) -> str:
    document = {
        "healthy": is_healthy(findings),
        "findings": [asdict(found) for found in findings],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _lines(found: CheckResult) -> str:
    margin = " " * 28
    lines = [f"{found.state:8} {found.name:18} {found.what}"]
    if found.remedy:
        lines.append(f"{margin}→ {found.remedy}")
    lines += [f"{margin}$ {line}" for line in found.command.splitlines()]
    return "\n".join(lines)
