"""The list of events: the evidence itself."""

from __future__ import annotations

import json
from datetime import datetime

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from activations.admin import search
from activations.admin.cells import excerpt, utc
from activations.admin.filters.administration import AdministrationFilter
from activations.admin.filters.period import HappenedIn
from activations.admin.filters.text import (
    ActorFilter,
    KindFilter,
    PersonFilter,
    ProjectFilter,
    RoleFilter,
)
from activations.admin.history import HistoryAdmin
from activations.admin.record import Fact, Group, Record, link
from activations.evidence.pseudonymized import is_explained
from activations.exports.events import EVENTS, event_rows
from activations.models import ChainHead, Event

AUTOMATION = "automation"


@admin.register(Event)
class EventAdmin(HistoryAdmin):
    """One row for each event of the hash chain."""

    list_display = ("number", "happened", "what", "by", "person", "project", "its_role", "note")
    list_filter = (
        *(AdministrationFilter, KindFilter, PersonFilter, ActorFilter),
        *(ProjectFilter, RoleFilter, HappenedIn),
    )
    ordering = ("-sequence",)
    empty_text = "Every step of every request and grant, and every export, appears here."
    export_layout = EVENTS
    since = "at"
    position = 4
    purpose = "every step, in a hash chain"

    @admin.display(description="No.")
    def number(self, event: Event) -> int:
        return event.sequence

    @admin.display(description="When (UTC)")
    def happened(self, event: Event) -> SafeString | str:
        return utc(event.at)

    @admin.display(description="What happened")
    def what(self, event: Event) -> str:
        return event.kind

    @admin.display(description="Done by")
    def by(self, event: Event) -> str:
        return event.actor_email or AUTOMATION

    @admin.display(description="Person")
    def person(self, event: Event) -> str:
        return event.beneficiary_email

    @admin.display(description="Project")
    def project(self, event: Event) -> str:
        return event.project_id

    @admin.display(description="Role")
    def its_role(self, event: Event) -> str:
        return event.role

    @admin.display(description="Comment")
    def note(self, event: Event) -> str:
        return excerpt(event.comment)

    def found(self, text: str) -> Q:
        if key := search.as_id(text):
            return Q(request_id=key) | Q(grant_id=key)
        if text.isdecimal():
            return Q(sequence=min(int(text), 2**63 - 1))
        words = Q(project_id__startswith=text) | Q(comment__icontains=text)
        return search.of_person(text) or words

    def export_rows(self, rows: QuerySet[Event]) -> QuerySet[Event]:
        return event_rows(rows)

    def there_at(self, rows: QuerySet[Event], as_of: datetime) -> QuerySet[Event]:
        """Also limits by sequence, because the export itself becomes the next event."""
        head = ChainHead.objects.first()
        return super().there_at(rows, as_of).filter(sequence__lte=head.sequence if head else 0)

    def record(self, row: Event, request: HttpRequest) -> Record:
        return Record(
            heading=f"No. {row.sequence}: {row.kind}",
            status=_intact(row),
            groups=[
                Group("What happened", _facts(row)),
                Group("Position in the chain", _chain(row)),
            ],
        )


def _intact(event: Event) -> SafeString:
    if event.hash == event.computed_hash():
        return format_html('<span class="chip chip-active">{}</span>', "Hash matches")
    if is_explained(event):
        return format_html('<span class="chip">{}</span>', "Names replaced")
    return format_html('<span class="chip chip-failed">{}</span>', "Hash does not match")


def _facts(event: Event) -> list[Fact]:
    return [
        Fact("When (UTC)", utc(event.at)),
        Fact("Done by", event.actor_email or AUTOMATION),
        Fact("Person", event.beneficiary_email),
        Fact("Project", event.project_id),
        Fact("Role", event.role),
        Fact("State before", event.was),
        Fact("State after", event.became),
        Fact("Comment", event.comment),
        Fact("Request", link(event.request)),
        Fact("Grant", link(event.grant)),
        Fact("Details", _readable(event.details), is_code=True),
    ]


def _chain(event: Event) -> list[Fact]:
    return [
        Fact("Hash", event.hash, is_code=True),
        Fact("Hash of the previous event", event.previous_hash, is_code=True),
        Fact("Names were replaced by pseudonyms, see event No.", event.pseudonymized_by),
    ]


def _readable(details: dict[str, object]) -> str:
    return json.dumps(details, indent=2, sort_keys=True, ensure_ascii=False) if details else ""
