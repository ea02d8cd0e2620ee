"""Projects worth a look: those with open or uncleaned grants, and those where inventory saw activations."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q

from activations.models import Grant
from activations.states import GrantState


def projects_in_ledger() -> Iterator[str]:
    """Projects where our own records expect something, those waiting longest first."""
    open_ones = Q(state__in=[GrantState.ACTIVE, GrantState.PROVISIONING])
    to_clean = Q(state=GrantState.ENDED, removed_at=None)
    found = Grant.objects.filter(open_ones | to_clean).order_by("end_time")
    yield from dict.fromkeys(found.values_list("project_id", flat=True).iterator())
