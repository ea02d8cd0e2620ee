"""Reads the titles of roles from the last refresh."""

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
