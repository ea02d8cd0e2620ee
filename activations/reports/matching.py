"""What the text of a filter selects: exact, or with * as a wildcard at one end."""

from __future__ import annotations

from django.db.models import Q

from activations.models import Grant
from activations.reporting.eligible_members import on_nodes
from eligibility.index.memberships import groups_around
from eligibility.models import IndexedBinding, IndexedNode, Refresh


def matches(field: str, text: str) -> Q:
    """Return the condition for exactly the text; a * at the start or end matches anything."""
    bare = text.strip("*")
    if not text.startswith("*") and not text.endswith("*"):
        return Q(**{field: text})
    if not bare:
        return Q()
    if text.startswith("*") and text.endswith("*"):
        return Q(**{f"{field}__contains": bare})
    return Q(**{f"{field}__{'startswith' if text.endswith('*') else 'endswith'}": bare})


def is_person(text: str, *, field: str = "beneficiary_email") -> Q:
    """Return the condition for an address; text without a domain matches the beginning."""
    # Addresses are stored in lower case.
    text = text.lower()
    return matches(field, text if "@" in text or "*" in text else f"{text}*")


def matches_role(field: str, text: str) -> Q:
    """Return the condition for a role; text without a prefix such as roles/ matches any part."""
    return matches(field, text if "/" in text or "*" in text else f"*{text}*")


def asks_for_role(text: str) -> Q:
    """Return the condition for requests for a role; those with self-approval name it in their grants."""
    grants = Grant.objects.filter(matches_role("role", text))
    return matches_role("role", text) | Q(id__in=grants.values("request_id"))


def acting_on(text: str, refresh: Refresh | None) -> Q:
    """Return the condition for eligible members that can activate on a project, wherever the binding is."""
    found = IndexedNode.objects.filter(matches("project__project_id", text), refresh=refresh)
    return on_nodes(found.values_list("node", flat=True), refresh)


def has_eligible_role(text: str, refresh: Refresh | None) -> Q:
    """Return the condition for eligible members by the role of their binding."""
    bindings = IndexedBinding.objects.filter(matches_role("role", text), refresh=refresh)
    return Q(binding__in=bindings.values("pk"))


def applies_to(address: str, *, principal: str = "user") -> Q:
    """Return the condition for eligible members: an address, or a group around it."""
    groups = groups_around(address)
    own = f"{principal}:{address}"
    return Q(member__in=[own, *(f"group:{group}" for group in sorted(groups))])
