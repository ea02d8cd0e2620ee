"""Runs the comparison, and changes policies as somebody else."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management import call_command

from activations.google_audit.counts import Counts
from activations.google_audit.run import reconcile_audit_log
from activations.iam.dependencies import current_dependencies
from googlecloud.calls import Deadline
from simulator import Simulator
from tests.moments import now
from tests.simulator.client import Google

VIEW = "projects/jit-host/locations/global/buckets/audit/views/iam"
MALLORY = "mallory@example.com"
LATER = timedelta(hours=7)


def said(*arguments: str, err: io.StringIO | None = None) -> str:
    """Run the command; return what it prints."""
    out = io.StringIO()
    call_command("reconcile_audit_log", *arguments, stdout=out, stderr=err or io.StringIO())
    return out.getvalue()


def compare(*, later: timedelta = timedelta()) -> Counts:
    """Compare as a run does that begins later."""
    dependencies = replace(current_dependencies(), clock=lambda: now() + later)
    counts = reconcile_audit_log(
        dependencies=dependencies,
        views=settings.AUDIT_LOG_VIEWS,
        throttle=lambda: None,
        deadline=Deadline(60),
    )
    assert counts is not None
    return counts


def as_somebody(sim: Simulator, principal: str = MALLORY) -> Google:
    """Return a client that changes policies as this principal."""
    google = Google(sim)
    google.headers = {"Authorization": f"Bearer {sim.token(principal=principal)}"}
    return google


def our_form(role: str, member: str, *, minutes: int = 60) -> dict[str, Any]:
    """Return a binding in the form of an activation."""
    start, end = (
        f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in (now(), now() + timedelta(minutes=minutes))
    )
    expression = f'(request.time >= timestamp("{start}") && request.time < timestamp("{end}"))'
    condition = {"title": "JIT access activation", "expression": expression}
    return {"role": role, "members": [member], "condition": condition}


def marked(role: str, member: str) -> dict[str, Any]:
    """Return a binding that makes somebody eligible."""
    condition = {"title": "Eligible", "expression": "has({}.jitAccessConstraint)"}
    return {"role": role, "members": [member], "condition": condition}
