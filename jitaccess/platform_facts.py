"""What is known of the platform without asking for it."""

from __future__ import annotations

import os

_told: dict[str, str] = {}


def remember_project_id(project_id: str) -> None:
    """Keep what the metadata server has told."""
    _told["project"] = project_id


def known_project_id() -> str:
    """The application's own project, or '' while nobody has had to ask for it."""
    return os.environ.get("GOOGLE_CLOUD_PROJECT", "") or _told.get("project", "")
