"""One's grants that run, and what one can do with them."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from activations.domain.states import Status
from activations.models import Grant, User
from eligibility.entitlements import ProjectRole


def running_grants(user: User, project_id: str, now: datetime) -> dict[ProjectRole, Grant]:
    """For each role the grant that runs longest."""
    active = Grant.objects.of(user).on(project_id).active(now)
    return {grant.project_role: grant for grant in active.order_by("end_time")}


def others_of_access(grant: Grant, now: datetime) -> list[Grant]:
    """Grants of the same access that run beside this one, the longest first."""
    active = Grant.objects.active(now).filter(
        role_key=grant.role_key, beneficiary_email=grant.beneficiary_email
    )
    return list(active.exclude(pk=grant.pk).order_by("-end_time"))


def end_url(grant: Grant) -> str:
    return reverse("end", args=[grant.id])


def extend_url(grant: Grant) -> str:
    return reverse("extend", args=[grant.id])


def is_ending(grant: Grant, now: datetime) -> bool:
    """Whether its end was asked for, and access goes on all the same."""
    return grant.ending_asked_at is not None and grant.status(now) is Status.ACTIVE
