"""Reads titles and descriptions of roles from the last refresh."""

from __future__ import annotations

from collections.abc import Iterable

from eligibility.compiled import CompiledIn
from eligibility.models import IndexedRole


def role_titles(roles: Iterable[str]) -> dict[str, str]:
    """Return the titles of these roles; roles whose title is not known are missing. Takes one query."""
    return dict(_TITLES.rows(set(roles)))


_TITLES = CompiledIn(
    lambda roles: (
        IndexedRole.objects.filter(role__in=roles).exclude(title="").values_list("role", "title")
    )
)


def role_description(role: str) -> str:
    """Return IAM's description of a role; '' when it is not known. Takes one query."""
    found = IndexedRole.objects.filter(role=role).values_list("description", flat=True)
    return found.first() or ""
