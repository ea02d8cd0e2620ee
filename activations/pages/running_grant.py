"""The context that the pages to end and to extend a grant share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from activations.models import Grant
from activations.pages.ask_page import AskedRole
from activations.pages.role_lines import time_until
from activations.people.access_facts import access_of


@dataclass(frozen=True, slots=True)
class GrantPage:
    """A grant, and the refusal of the form that was sent for it."""

    grant: Grant
    refusal: str = ""
    comment: str = ""
    status: int = 200


def grant_page(page: GrantPage, *, now: datetime) -> dict[str, object]:
    """Return the context that both pages share."""
    grant = page.grant
    access = access_of(grant, now=now)
    ends = access.until or grant.access_end
    return {
        "grant": grant,
        "asked": AskedRole(grant.project_role, now),
        "project_id": grant.project_id,
        "ends": ends,
        "time_left": time_until(ends, now),
        "count": len(access.grants),
        "is_open_elsewhere": bool(access.unconfirmed),
        "refusal": page.refusal,
        "comment": page.comment,
        "request_url": reverse("request", args=[grant.request_id]),
    }
