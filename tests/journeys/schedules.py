"""Calls of the API to schedule access, and the job that starts it at a later time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from activations.iam.dependencies import Dependencies, current_dependencies
from activations.reconciliation.counts import Counts
from activations.reconciliation.starts import start_due
from googlecloud.calls import Deadline
from simulator import Simulator
from tests.conftest import PersonClient
from tests.journeys.shop import ACTIVATE, PROJECT, activation_body
from tests.moments import now

HOUR = timedelta(hours=1)
# After a start in an hour, and before its end.
LATER = timedelta(minutes=61)


def in_seconds(delay: timedelta) -> int:
    return int((now() + delay).timestamp())


def schedule(
    person: PersonClient, *role_ids: str, delay: timedelta = HOUR, minutes: int = 60, key: str = ""
) -> Any:
    body = activation_body(*role_ids, minutes=minutes) | {"startTime": in_seconds(delay)}
    return person.api_post(ACTIVATE, body, **({"Idempotency-Key": key} if key else {}))


def scheduled_request(person: PersonClient, *role_ids: str, **how: Any) -> str:
    """Schedule the activation of roles and return the id of the request."""
    answer = schedule(person, *role_ids, **how)
    assert answer.status_code == 200, answer.content
    request_id: str = answer.json()["requestId"]
    return request_id


def at(delay: timedelta) -> Callable[[], datetime]:
    return lambda: now() + delay


def dependencies_at(delay: timedelta) -> Dependencies:
    return replace(current_dependencies(), clock=at(delay))


def run_starts(delay: timedelta = LATER, deadline: Deadline | None = None) -> Counts:
    """Run the job `start` with a clock that is ahead by this time."""
    counts = start_due(dependencies=dependencies_at(delay), deadline=deadline or Deadline(60))
    assert counts is not None
    return counts


def lose_eligibility(simulated: Simulator, role: str, project_id: str = PROJECT) -> None:
    """Remove the bindings that make people eligible for a role on a project."""
    policy = simulated.company.policy(project_id)
    policy["bindings"] = [one for one in policy["bindings"] if one["role"] != role]
    simulated.company.put_policy(project_id, policy)
