"""Formats the cells of lists and records."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from activations.domain.labels import END_REASONS, STATUSES
from activations.domain.states import EndReason, Status
from activations.domain.text import folded, visible
from activations.models import Grant

EXCERPT = 80


def chip(status: Status, label: str = "") -> SafeString:
    """Return the status as a small coloured label; the text alone is sufficient."""
    return format_html(
        '<span class="chip chip-{}">{}</span>', status.value.lower(), label or STATUSES[status]
    )


def grant_chip(grant: Grant, now: datetime) -> SafeString:
    """Return the status of a grant; for an ended grant with the reason."""
    status = grant.status(now)
    if status is Status.ENDED and grant.end_reason not in {"", EndReason.EXPIRED}:
        return chip(status, END_REASONS[EndReason(grant.end_reason)])
    return chip(status)


def utc_text(at: datetime) -> str:
    """Return a moment to the minute, for use in a sentence."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def utc(at: datetime | None) -> SafeString | str:
    """Return a moment to the second, as a `time` element."""
    if at is None:
        return ""
    at = at.astimezone(UTC)
    words = f"{at:%Y-%m-%d %H:%M:%S}"
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), words)


def names(values: Iterable[str]) -> SafeString:
    """Return each of several names on a line of its own."""
    return format_html_join("", "<div>{}</div>", ((value,) for value in values))


def end_cell(end: datetime | None, planned: datetime | None) -> SafeString | str:
    """Return when access ended; else when it is planned to end."""
    if end or planned is None:
        return utc(end)
    return format_html('{}<div class="quiet">planned</div>', utc(planned))


def excerpt(text: str) -> str:
    """Return the beginning of a long text, on one line."""
    text = visible(folded(text))
    return text if len(text) <= EXCERPT else f"{text[: EXCERPT - 1]}…"
