"""Addresses of the page that asks for approval, short whatever the role's condition is."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from activations.models import User
from activations.services.role_list import list_roles
from eligibility.entitlements import ProjectRole

LONGEST_ID = 1_000  # beyond it a link carries the role's key; servers refuse addresses of 8 kB


def ask_url(role: ProjectRole, **more: str) -> str:
    """The address at which reviewers for a role are asked."""
    named = {"role": role.id}
    if len(role.id) > LONGEST_ID:
        named = {"projectId": role.project_id, "key": role.key}
    return f"{reverse('ask')}?{urlencode(named | more)}"


def role_by_key(*, user: User, project_id: str, key: str, now: datetime) -> ProjectRole | None:
    """The role with this key among those that the person may activate, or None.

    :raises googlecloud.errors.GoogleCloudError: when Google fails.
    """
    rows = list_roles(user=user, project_id=project_id, now=now).rows
    return next((row.project_role for row in rows if row.project_role.key == key), None)
