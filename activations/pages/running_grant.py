"""What the pages to end and to extend a grant show of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from activations.models import Grant
from activations.pages.ask_page import AskedRole
from activations.pages.role_lines import minutes_until
from activations.pages.running_grants import others_of_access


@dataclass(frozen=True, slots=True)
class GrantPage:
    """A grant, and what came of the form below it when it was refused."""

    grant: Grant
    refusal: str = ""
    comment: str = ""
    status: int = 200


def grant_page(page: GrantPage, *, now: datetime) -> dict[str, object]:
    """The part that both pages have."""
    grant = page.grant
    return {
        "grant": grant,
        "asked": AskedRole(grant.project_role, now),
        "project_id": grant.project_id,
        "ends": grant.access_end,
        "minutes_left": minutes_until(grant.end_time, now),
        "others": others_of_access(grant, now),
        "refusal": page.refusal,
        "comment": page.comment,
        "request_url": reverse("request", args=[grant.request_id]),
    }
