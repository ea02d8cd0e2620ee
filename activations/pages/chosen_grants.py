"""The accesses that a person chose on a page, by the ids of their grants."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.http import HttpRequest

from activations.models import Grant
from activations.people.actor import user_of
from activations.services.several_extensions import MOST_GRANTS


def chosen_grants(request: HttpRequest) -> list[Grant]:
    """Return the person's own grants among `grant` of the form or the address, each once, in their order."""
    sent = request.POST if request.method == "POST" else request.GET
    ids = list(dict.fromkeys(filter(None, map(_as_id, sent.getlist("grant")))))[:MOST_GRANTS]
    found = Grant.objects.of(user_of(request)).filter(pk__in=ids).select_related("request")
    by_id = {grant.pk: grant for grant in found}
    return [by_id[one] for one in ids if one in by_id]


def hidden_ids(grants: Sequence[Grant]) -> list[str]:
    """Return the values of hidden fields that choose these grants again."""
    return [str(grant.pk) for grant in grants]


def _as_id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
