"""Formats the cells of the list of who may activate what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from activations.admin.cells import utc, utc_text
from activations.domain.text import visible
from activations.models import EligibleMember
from activations.pages.wording import condition_summary
from eligibility.validity import Period, eligibility_end, usable, why_not

ALL_RESOURCES = "all resources"
NEVER = "never used"
CANNOT_ACTIVATE = "cannot activate; only people and groups can"
_FOREVER = datetime(9999, 1, 1, tzinfo=UTC)


def member(row: EligibleMember, *, people: str, groups: str) -> SafeString:
    """Return the member with a link: of a person to all that they may activate, of a group to its people.

    :param people: URL of the list
    :param groups: URL of the page of a group
    """
    name = visible(row.address)
    if not row.counts:
        return two_lines(visible(row.member), CANNOT_ACTIVATE)
    is_group = row.kind == "group"
    query = urlencode({"email": row.address} if is_group else {"person": row.address})
    link = format_html('<a href="{}?{}">{}</a>', groups if is_group else people, query, name)
    return two_lines(link, "group") if is_group else link


def titled(title: str, name: str) -> SafeString | str:
    """Return a title with the id below it; the id alone if there is no title or it says the same."""
    ids = visible(name)
    return two_lines(visible(title), ids) if title and title != name else ids


def condition(resource_condition: str, now: datetime) -> SafeString | str:
    """Return what limits the role, and since or until when, in words; with the condition itself."""
    if not resource_condition:
        return ALL_RESOURCES
    return format_html(
        '<details><summary>{}</summary><code>{}</code></details><div class="quiet">{}</div>',
        condition_summary(resource_condition),
        visible(resource_condition),
        _period(resource_condition, now),
    )


def used(at: datetime | None) -> SafeString | str:
    """Return when the role was last used."""
    return utc(at) or NEVER


def two_lines(first: SafeString | str, second: str) -> SafeString:
    return format_html('{}<div class="quiet">{}</div>', first, second)


def _period(resource_condition: str, now: datetime) -> str:
    if usable(resource_condition, Period.of(now, timedelta(minutes=1))) is None:
        return f"not now: {why_not(resource_condition, Period.of(now, timedelta(minutes=1)))}"
    end = eligibility_end(resource_condition, Period(now, _FOREVER))
    return f"until {utc_text(end)}" if end else ""
