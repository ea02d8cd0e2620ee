"""A person's running grants, and the links to end and extend them."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from activations.domain.states import Status
from activations.models import Grant, User
from activations.people.access_facts import held_by
from eligibility.entitlements import ProjectRole


def running_grants(user: User, project_id: str, now: datetime) -> dict[ProjectRole, Grant]:
    """Return, for each role, the grant that lasts longest."""
    return {
        group[0].project_role: group[0] for group in held_by(user, now=now, project_id=project_id)
    }


def end_url(grant: Grant) -> str:
    return reverse("end", args=[grant.id])


def extend_url(grant: Grant) -> str:
    return reverse("extend", args=[grant.id])


def is_ending(grant: Grant, now: datetime) -> bool:
    """Return whether the end was requested but access has not ended yet."""
    return grant.ending_asked_at is not None and grant.status(now) is Status.ACTIVE
