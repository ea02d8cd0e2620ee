"""A record as its page shows it: facts in groups, and the row's events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from activations.models import Event, Grant, Request

LONGEST_TIMELINE = 200


@dataclass(frozen=True, slots=True)
class Fact:
    """One labelled value; code is shown verbatim in a monospaced font."""

    label: str
    value: Any
    is_code: bool = False


def typed_facts(request: Request) -> list[Fact]:
    """Return the texts that the person typed into the form, with their labels."""
    return [Fact(label, text) for label, text in request.details.facts().items()]


def ticket_link(request: Request) -> SafeString | str:
    """Return a link to the ticket; '' without an address."""
    url = request.ticket_url
    return format_html('<a href="{}">{}</a>', url, url) if url else ""


def policy_facts(request: Request) -> list[Fact]:
    """Return where the ticket is, and the rules of access policies under which it was asked and granted."""
    return [
        Fact("Address of the ticket", ticket_link(request)),
        Fact("Rule", request.rule),
        Fact("Rule when granted", request.granted_rule),
        Fact("Access policy (SHA-256)", request.policy_sha256, is_code=True),
        Fact("Access policy when granted", request.granted_policy_sha256, is_code=True),
    ]


@dataclass(frozen=True, slots=True)
class Group:
    """Facts under one heading; empty ones are omitted."""

    title: str
    facts: Sequence[Fact]

    @property
    def is_wide(self) -> bool:
        """Whether the group contains code, which needs long lines."""
        return any(fact.is_code for fact in self.known)

    @property
    def known(self) -> list[Fact]:
        return [fact for fact in self.facts if fact.value not in (None, "")]


@dataclass(frozen=True, slots=True)
class GrantLine:
    """One grant on the page of its request."""

    link: SafeString | str
    condition: str
    status: SafeString
    start: SafeString | str
    end: SafeString | str


@dataclass(frozen=True, slots=True)
class Record:
    """All facts of one row."""

    heading: str
    status: SafeString | str
    groups: Sequence[Group]
    grants: Sequence[GrantLine] = ()
    timeline: Sequence[Event] = field(default_factory=list)
    # The person whose row this is; administrators can stop them from this page.
    person: str = ""


def timeline(events: Q) -> list[Event]:
    """Return the events in the order of the chain."""
    return list(Event.objects.filter(events).order_by("sequence")[:LONGEST_TIMELINE])


def link(row: Request | Grant | Event | None, text: str = "") -> SafeString | str:
    """Return a link to the record of a row."""
    if row is None:
        return ""
    address = reverse(f"admin:activations_{type(row).__name__.lower()}_change", args=[row.pk])
    return format_html('<a href="{}">{}</a>', address, text or str(row.pk))
