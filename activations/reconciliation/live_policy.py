"""The policy of a project as it is now."""

from __future__ import annotations

from activations.bindings import Policy
from activations.writer import Writer
from googlecloud.errors import NotFound


def live_policy(project_id: str, writer: Writer) -> Policy:
    """The policy; an empty one when the project is gone, and its bindings with it."""
    try:
        return writer.cloud.resource_manager.get_policy(project_id=project_id)
    except NotFound:
        return {"bindings": []}
