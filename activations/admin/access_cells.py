"""Shows in a record of the admin what access a person holds."""

from __future__ import annotations

import uuid

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from activations.admin.cells import utc
from activations.admin.record import Fact
from activations.domain.access import Access

NOTHING = "no access known to JIT Access"


def access_facts(access: Access) -> list[Fact]:
    """Until when all requests together give the role, and through which requests."""
    until = format_html("until {}", utc(access.until)) if access.until else NOTHING
    return [
        Fact("Held now", until),
        Fact("Through", _requests([one.request_id for one in access.grants])),
        Fact("Not confirmed", _requests([one.request_id for one in access.unconfirmed])),
        Fact("End", "requested, not confirmed" if access.is_ending else ""),
    ]


def _requests(keys: list[uuid.UUID]) -> SafeString:
    lines = (
        (reverse("admin:activations_request_change", args=[key]), str(key))
        for key in dict.fromkeys(keys)
    )
    return format_html_join("", '<div><a href="{}">{}</a></div>', lines)
