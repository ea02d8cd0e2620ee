"""Which rows of the eligibility index a campaign is about."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from activations.models import EligibleMember
from activations.reports.matching import acting_on, matches, matches_role
from certification.domain.wishes import Filters
from eligibility.models import Refresh


def selected(filters: Filters, refresh: Refresh) -> QuerySet[EligibleMember]:
    """Return the members of eligible bindings that match, sorted by member."""
    rows = EligibleMember.objects.filter(refresh=refresh).exclude(binding__activation_type="")
    if filters.project:
        rows = rows.filter(acting_on(filters.project, refresh))
    if filters.role:
        rows = rows.filter(matches_role("binding__role", filters.role))
    if filters.member:
        rows = rows.filter(of_member("member", filters.member))
    if filters.activation_type:
        rows = rows.filter(binding__activation_type=filters.activation_type)
    return rows.order_by("member", "binding_id")


def of_member(field: str, text: str) -> Q:
    """Return the condition for a member as bound; an address without a kind means a person or a group."""
    if ":" in text or text.startswith("*"):
        return matches(field, text)
    return matches(field, f"user:{text}") | matches(field, f"group:{text}")
