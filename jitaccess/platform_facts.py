"""Facts about the platform that are known without a call to the metadata server."""

from __future__ import annotations

import os

_told: dict[str, str] = {}


def remember_project_id(project_id: str) -> None:
    """Keep the project id that the metadata server returned."""
    _told["project"] = project_id


def known_project_id() -> str:
    """Return the application's own project, or '' before the metadata server was called."""
    return os.environ.get("GOOGLE_CLOUD_PROJECT", "") or _told.get("project", "")
