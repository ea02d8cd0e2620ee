"""The filters of a report: read from the address, and checked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from django.http import HttpRequest

from activations.domain.periods import PRESETS, Days, preset
from activations.domain.rules import Refusal
from activations.reports.scope import Scope

Filters = dict[str, str]

NAMES = ("period", "from", "to", "at", "project", "role", "person")
# Names, labels and hints of the text inputs.
SHOWN = (
    ("project", "Project", "billing-prod, or billing-*"),
    ("role", "Role", "roles/compute.admin, or a part"),
    ("person", "Person", "alice@example.com, or the beginning"),
)
# Without a period: this many days, today included.
USUAL_DAYS = 30
# So that charts and tables stay readable.
MOST_DAYS = 3660


def read_filters(request: HttpRequest) -> Filters:
    """Return the filters in the address that are in use."""
    values = {name: request.GET.get(name, "").strip() for name in NAMES}
    return {name: value for name, value in values.items() if value}


def scope_of(filters: Mapping[str, str], *, now: datetime) -> Scope:
    """Return what the filters select.

    :raises Refusal: when a period, day or moment is not valid.
    """
    return Scope(
        days=_days(filters, now.astimezone(UTC).date()),
        now=now,
        at=_moment(filters.get("at", ""), now),
        project=filters.get("project", ""),
        role=filters.get("role", ""),
        person=filters.get("person", ""),
    )


def _days(filters: Mapping[str, str], today: date) -> Days:
    if name := filters.get("period", ""):
        if (days := preset(name, today=today)) is None:
            raise Refusal(f"Choose one of these periods: {', '.join(PRESETS)}")
        return days
    last = _day("last day", filters.get("to", ""), today)
    usual = last - timedelta(days=USUAL_DAYS - 1) if last.year > date.min.year else date.min
    days = Days(_day("first day", filters.get("from", ""), usual), last)
    if days.last < days.first:
        raise Refusal("The last day is before the first")
    if (days.last - days.first).days >= MOST_DAYS:
        raise Refusal("Choose a period of at most ten years")
    return days


def _day(name: str, text: str, usual: date) -> date:
    try:
        return date.fromisoformat(text) if text else usual
    except ValueError:
        raise Refusal(f"Enter the {name} like 2025-01-31") from None


def _moment(text: str, now: datetime) -> datetime:
    if not text:
        return now
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal("Enter the moment like 2025-01-31T12:00, in UTC") from None
    at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    if at > now:
        raise Refusal("The moment is in the future; nobody knows yet who will hold what")
    return at
