"""Reads the current policy of a project."""

from __future__ import annotations

from activations.domain.bindings import Policy
from activations.iam.dependencies import Dependencies
from googlecloud.errors import NotFound


def live_policy(project_id: str, dependencies: Dependencies) -> Policy:
    """Return the policy, or an empty one if the project does not exist."""
    try:
        return dependencies.cloud.resource_manager.get_policy(project_id=project_id)
    except NotFound:
        return {"bindings": []}
