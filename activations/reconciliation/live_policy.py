"""The policy of a project as it is now."""

from __future__ import annotations

from activations.domain.bindings import Policy
from activations.iam.dependencies import Dependencies
from googlecloud.errors import NotFound


def live_policy(project_id: str, dependencies: Dependencies) -> Policy:
    """The policy; an empty one when the project is gone, and its bindings with it."""
    try:
        return dependencies.cloud.resource_manager.get_policy(project_id=project_id)
    except NotFound:
        return {"bindings": []}
