"""A healthy deployment, and the doctor's report about it."""

from __future__ import annotations

from datetime import timedelta

from activations.models import JobRun
from eligibility.models import Refresh
from jitaccess.doctor.check_result import CheckResult, State
from jitaccess.doctor.examination import examine
from jitaccess.doctor.target import target
from tests.moments import now

Findings = dict[str, CheckResult]


def look(*, ahead: timedelta = timedelta()) -> Findings:
    """Return all results by name; `ahead` shifts the clock."""
    return {found.name: found for found in examine(target(lambda: now() + ahead))}


def problems(findings: Findings) -> set[str]:
    return {name for name, found in findings.items() if found.state is State.PROBLEM}


def ran(name: str, *, ago: timedelta = timedelta(seconds=30), failure: str = "") -> None:
    """Record that a scheduler ran the job."""
    moment = now() - ago
    JobRun.objects.update_or_create(
        name=name,
        defaults={"last_started_at": moment, "last_ended_at": moment, "failure": failure},
    )


def well() -> None:
    """Record that each scheduler ran."""
    for name in ("audit", "decide", "deliver", "packs", "reconcile", "start"):
        ran(name)
    refreshed()


def refreshed(*, ago: timedelta = timedelta(minutes=5), error: str = "") -> None:
    """Record a complete eligibility index."""
    moment = now() - ago
    Refresh.objects.all().delete()
    Refresh.objects.create(
        status=Refresh.Status.COMPLETE,
        started_at=moment,
        ended_at=moment,
        projects=7,
        last_error=error,
    )
