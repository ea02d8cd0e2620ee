"""The only function that writes policies: under the lease, within the shared limit and the time budget."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings

from activations.domain.bindings import Policy
from activations.iam.dependencies import Dependencies
from activations.iam.throttle import wait_for_token
from googlecloud.deadline import Deadline
from googlecloud.policy import Modification

WRITE_BUDGET_SECONDS = 30.0


def write_policy(
    project_id: str,
    *,
    change: Callable[[Policy], Policy],
    reason: str,
    policy: Policy | None,
    dependencies: Dependencies,
) -> Modification:
    """Apply a change while holding the project's lease; a fresh `policy` saves a read.

    :raises googlecloud.errors.GoogleCloudError: when Google refuses or fails, or conflicts persist.
    """
    deadline = Deadline(WRITE_BUDGET_SECONDS)
    wait_for_token(
        f"write:{project_id}",
        rate_per_minute=settings.POLICY_WRITES_PER_MINUTE,
        clock=dependencies.clock,
        sleep=dependencies.sleep,
        patience=deadline.remaining() / 2,
    )
    return dependencies.cloud.resource_manager.modify_policy(
        project_id=project_id, change=change, reason=reason, policy=policy, deadline=deadline
    )
