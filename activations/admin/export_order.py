"""The form for an export: the format, and what the page showed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.core.exceptions import BadRequest

from activations.exports.formats import FORMATS, Format


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """A format, the name of the contents ('' for the usual ones); and, if the page was shown, its moment and the number of rows that it announced."""

    format: Format
    contents: str
    asked_at: datetime
    as_of: datetime | None
    count: int | None


def read_order(form: Mapping[str, str], *, now: datetime) -> ExportOrder:
    """:raises BadRequest: when the form contains values that our pages do not offer."""
    chosen = FORMATS.get(form.get("format", ""))
    if chosen is None:
        raise BadRequest(f"Choose a format: {', '.join(FORMATS)}.")
    return ExportOrder(
        format=chosen,
        contents=form.get("contents", ""),
        asked_at=now,
        as_of=_moment(form.get("as_of", ""), now),
        count=_count(form.get("rows", "")),
    )


def _moment(text: str, now: datetime) -> datetime | None:
    if not text:
        return None
    try:
        as_of = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest("as_of is not a moment like 2025-01-31T12:00:00Z.") from None
    as_of = as_of.astimezone(UTC) if as_of.tzinfo else as_of.replace(tzinfo=UTC)
    return min(as_of, now)


def _count(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or len(text) > 12:
        raise BadRequest("rows is not a number.")
    return int(text)
