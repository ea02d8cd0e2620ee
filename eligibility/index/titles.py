"""Reads titles and descriptions of roles from the last refresh."""

from __future__ import annotations

from collections.abc import Iterable

from eligibility.models import IndexedRole


def role_titles(roles: Iterable[str]) -> dict[str, str]:
    """Return the titles of these roles; roles whose title is not known are missing. Takes one query."""
    wanted = set(roles)
    if not wanted:
        return {}
    found = IndexedRole.objects.filter(role__in=wanted).exclude(title="")
    return dict(found.values_list("role", "title"))


def role_description(role: str) -> str:
    """Return IAM's description of a role; '' when it is not known. Takes one query."""
    found = IndexedRole.objects.filter(role=role).values_list("description", flat=True)
    return found.first() or ""
