"""A deployment that is well, and what the doctor says of it."""

from __future__ import annotations

from datetime import timedelta

from activations.models import JobRun
from jitaccess.doctor.examination import examine
from jitaccess.doctor.finding import Finding, State
from jitaccess.doctor.target import target
from tests.moments import now

Findings = dict[str, Finding]


def look(*, ahead: timedelta = timedelta()) -> Findings:
    """All findings by their name; the clock may be wrong."""
    return {found.name: found for found in examine(target(lambda: now() + ahead))}


def problems(findings: Findings) -> set[str]:
    return {name for name, found in findings.items() if found.state is State.PROBLEM}


def ran(name: str, *, ago: timedelta = timedelta(seconds=30), failure: str = "") -> None:
    """A scheduler called."""
    moment = now() - ago
    JobRun.objects.update_or_create(
        name=name,
        defaults={"last_started_at": moment, "last_ended_at": moment, "failure": failure},
    )
