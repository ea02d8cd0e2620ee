"""What reviewers see before they decide."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from activations.admin.access_cells import access_facts
from activations.admin.approval_facts import approval_facts
from activations.admin.cells import chip, utc
from activations.admin.record import Fact, Group, Record, ticket_link, timeline, typed_facts
from activations.domain.labels import PARTS
from activations.domain.states import ReviewerPart, Status
from activations.domain.text import in_words, minutes_down, minutes_in_words
from activations.models import Request
from activations.pages.wording import short_role
from activations.people.access_facts import accesses_of_requests


def card(row: Request, *, now: datetime) -> Record:
    """Return all facts of a request, in the order that reviewers need them."""
    return Record(
        heading=f"{row.beneficiary_email} requests {short_role(row.role)} on {row.project_id}",
        status=standing(row, now),
        groups=[
            Group("Who and why", _why(row)),
            Group(
                "Access (UTC)", access_facts(accesses_of_requests([row], now=now).of_request(row))
            ),
            Group("What", _what(row)),
            Group("When (UTC)", _when(row, now)),
            Group("Reviewers", _reviewers(row)),
            Group("Source", _origin(row)),
        ],
        timeline=timeline(Q(request=row)),
    )


def standing(row: Request, now: datetime) -> SafeString:
    """Return the status; shows an expired request as expired even before that is recorded."""
    return chip(row.status(now))


def role_cell(row: Request) -> SafeString:
    """Return the short name of the role, and its full name."""
    return format_html('{}<div class="quiet">{}</div>', short_role(row.role), row.role)


def age(row: Request, now: datetime) -> str:
    """Return how long ago the role was requested."""
    return minutes_in_words(minutes_down(now - row.requested_at))


def time_left(row: Request, now: datetime) -> str:
    """Return how long the request can still be decided; '' when it cannot."""
    if row.expires_at is None or row.status(now) is not Status.ACTIVATION_PENDING:
        return ""
    return in_words(row.expires_at - now)


def _why(row: Request) -> list[Fact]:
    return [
        Fact("Person", row.beneficiary_email),
        *typed_facts(row),
        Fact("Address of the ticket", ticket_link(row)),
        Fact("Rule", row.rule),
        Fact("Extends", "an earlier request" if row.extends_id else ""),
    ]


def _what(row: Request) -> list[Fact]:
    return [
        Fact("Role", role_cell(row)),
        Fact("Project", row.project_id),
        Fact("Resource condition", row.resource_condition or "all resources"),
        Fact("Duration", f"{minutes_in_words(row.minutes)}, starting at the approval"),
        Fact("Not before (UTC)", utc(row.start_at)),
    ]


def _when(row: Request, now: datetime) -> list[Fact]:
    left = time_left(row, now)
    until = format_html("{}, {} left", utc(row.expires_at), left) if left else utc(row.expires_at)
    return [
        Fact("Requested", format_html("{}, {} ago", utc(row.requested_at), age(row, now))),
        Fact("Expires", until),
        Fact("Decided", utc(row.decided_at)),
    ]


def _reviewers(row: Request) -> list[Fact]:
    notified = [one for one in row.reviewers.all() if one.is_notified]
    asked = sorted(notified, key=lambda one: (one.stage, one.email))
    lines = ((one.email, PARTS[ReviewerPart(one.part)]) for one in asked)
    return [
        *approval_facts(row),
        Fact("Asked", format_html_join("", '<div>{} <span class="quiet">{}</span></div>', lines)),
    ]


def _origin(row: Request) -> list[Fact]:
    return [
        Fact("Channel", row.channel),
        Fact("Address", row.address),
        Fact("Device", row.device_id),
        Fact("Access levels", row.access_levels),
        Fact("Activation id", row.activation_id),
    ]
