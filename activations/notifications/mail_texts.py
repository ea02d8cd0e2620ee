"""Renders the HTML and the plain text of a mail from templates/mail."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.template import Context, Engine

from activations.domain.labels import ENDED_AS
from activations.domain.text import visible
from activations.models import OutboxMessage
from activations.notifications.instants import for_people
from activations.notifications.kinds import Announcement

TIMES = (
    "start_time",
    "end_time",
    "request_expiry_time",
    "access_end_time",
    "eligibility_end",
    "due_time",
    "review_due_time",
    "start_wanted",
)
# For other kinds the period is not known yet, or access was never granted.
RUNNING = frozenset(
    {
        *(Announcement.APPROVED, Announcement.BREAK_GLASS_USED),
        *(Announcement.AFTER_REVIEW_DUE, Announcement.ENDING_SOON),
    }
)
GRANTED = RUNNING | {Announcement.ENDED, Announcement.SCHEDULED}
QUOTED = ("justification", "comment", "failure")
WIDTH = 76


@dataclass(frozen=True, slots=True)
class MailTexts:
    html: str
    text: str


def mail_texts(message: OutboxMessage, zone: tzinfo) -> MailTexts:
    """Return both texts of a message. People's input is escaped in HTML and quoted in plain text.

    :raises django.template.TemplateDoesNotExist: when this kind has no mail template.
    """
    said = context(message.payload["properties"], zone) | {
        "subject": message.payload["subject"],
        "is_granted": message.kind in GRANTED,
        "goes_on": _goes_on(message),
        "ended_as": ENDED_AS.get(str(message.payload["properties"].get("end_reason")), ""),
    }
    quotes = {name: _quoted(said[name]) for name in QUOTED if said.get(name)}
    html = templates().get_template(f"mail/{message.kind}.html")
    text = templates().get_template(f"mail/{message.kind}.txt")
    return MailTexts(
        html=html.render(Context(said)),
        text=text.render(Context(said | quotes, autoescape=False)).strip() + "\n",
    )


def context(properties: dict[str, Any], zone: tzinfo) -> dict[str, Any]:
    """Format properties for templates: times in the configured time zone, lists joined."""
    shown = {name: _shown(value) for name, value in properties.items()}
    shown |= {
        name: for_people(datetime.fromisoformat(properties[name]), zone)
        for name in TIMES
        if properties.get(name)
    }
    beneficiary = quote(str(properties.get("beneficiary", "")), safe="@")
    return shown | {"contact_url": f"https://contacts.google.com/search/{beneficiary}"}


def _goes_on(message: OutboxMessage) -> bool:
    """Return whether another request gives the role for longer than the one in this mail."""
    said = message.payload["properties"]
    until = said.get("access_end_time")
    return bool(until) and (message.kind not in RUNNING or until > said["end_time"])


def _shown(value: object) -> object:
    if isinstance(value, list):
        return visible(", ".join(map(str, value)))
    return visible(value) if isinstance(value, str) else value


def _quoted(text: str) -> str:
    """Prefix each line, so that readers can distinguish people's input from the mail's own text."""
    wrapped = (_wrapped(line) or [""] for line in text.split("\n"))
    return "\n".join(f"> {line}".rstrip() for lines in wrapped for line in lines)


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(line, WIDTH, break_long_words=False, break_on_hyphens=False)


@cache
def templates() -> Engine:
    """Return a template engine without the pages' context processors, because mails have no request."""
    return Engine(dirs=settings.TEMPLATES[0]["DIRS"])
