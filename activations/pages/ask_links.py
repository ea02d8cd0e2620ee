"""Links to the page that requests approval, short even for roles with long conditions."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from activations.models import User
from activations.services.role_list import list_roles
from eligibility.entitlements import ProjectRole

LONGEST_ID = 1_000  # links to longer ids contain the role's key; servers refuse addresses of 8 kB


def ask_url(role: ProjectRole, **more: str) -> str:
    """Return the link to the page that requests approval for a role."""
    named = {"role": role.id}
    if len(role.id) > LONGEST_ID:
        named = {"projectId": role.project_id, "key": role.key}
    return f"{reverse('ask')}?{urlencode(named | more)}"


def role_by_key(*, user: User, project_id: str, key: str, now: datetime) -> ProjectRole | None:
    """Return the person's eligible role with this key, or None.

    :raises googlecloud.errors.GoogleCloudError: when Google fails.
    """
    rows = list_roles(user=user, project_id=project_id, now=now).rows
    return next((row.project_role for row in rows if row.project_role.key == key), None)
