"""The list of messages: sent, waiting and failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from activations.admin import search
from activations.admin.bulk_actions import BulkAction, BulkActionAdmin, Outcome
from activations.admin.cells import excerpt, utc
from activations.admin.filters.choice import ChoiceFilter
from activations.admin.record import Fact, Group, Record, link, timeline
from activations.domain.states import Channel, DeliveryState
from activations.models import OutboxMessage
from activations.notifications.kinds import Announcement, ReviewAnnouncement
from activations.people.actor import actor_of
from activations.services.resend_message import resend_message, why_not

TONES = {
    DeliveryState.WAITING: ("activation_pending", "Waiting"),
    DeliveryState.DELIVERED: ("active", "Delivered"),
    DeliveryState.DEAD: ("failed", "Delivery failed"),
}
CHANNELS = {Channel.MAIL: "Mail", Channel.PUBSUB: "Pub/Sub"}
RESEND = BulkAction(
    name="send_again",
    label="Send selected again…",
    record_label="Send again…",
    button="Send again",
    question="Send these messages again?",
    permission="activations.resend_message",
    explanation=(
        "Messages whose delivery failed are sent again immediately, with their original text."
        " What they announce may have changed since."
    ),
)


class DeliveryFilter(ChoiceFilter):
    """Selects by delivery state."""

    title, parameters = "State", ("state",)
    known = {state.value: label for state, (_, label) in TONES.items()}


class AboutFilter(ChoiceFilter):
    """Selects by the kind of message."""

    title, parameters = "Kind", ("kind",)
    known = {kind.value: kind.value for kind in (*Announcement, *ReviewAnnouncement)}


class ChannelFilter(ChoiceFilter):
    """Selects by channel."""

    title, parameters = "Channel", ("channel",)
    known = {channel.value: label for channel, label in CHANNELS.items()}


@admin.register(OutboxMessage)
class MessageAdmin(BulkActionAdmin):
    """Mails and Pub/Sub messages, with their delivery state."""

    list_display = ("created", "what", "recipients_cell", "standing", "tried", "error")
    list_filter = (DeliveryFilter, AboutFilter, ChannelFilter)
    list_select_related = ("request",)
    ordering = ("-created_at", "-id")
    search_help_text = "The id of a message or request, or the requester's e-mail address."
    empty_text = "Mails and Pub/Sub messages appear here."
    position = 5
    purpose = "mails and Pub/Sub messages: delivered, waiting or failed"
    bulk_actions = (RESEND,)
    columns = ("Created (UTC)", "Kind", "Channel", "Recipients", "Last error")

    @admin.display(description="Created (UTC)")
    def created(self, message: OutboxMessage) -> SafeString | str:
        return utc(message.created_at)

    @admin.display(description="Kind and channel")
    def what(self, message: OutboxMessage) -> SafeString:
        channel = CHANNELS[Channel(message.channel)]
        return format_html('{}<div class="quiet">{}</div>', message.kind, channel)

    @admin.display(description="Recipients")
    def recipients_cell(self, message: OutboxMessage) -> str:
        return recipients(message)

    @admin.display(description="State")
    def standing(self, message: OutboxMessage) -> SafeString:
        return delivery_chip(message)

    @admin.display(description="Attempts")
    def tried(self, message: OutboxMessage) -> SafeString | str:
        if message.next_attempt_at is None:
            return str(message.attempts)
        following = utc(message.next_attempt_at)
        return format_html('{}<div class="quiet">next at {}</div>', message.attempts, following)

    @admin.display(description="Last error")
    def error(self, message: OutboxMessage) -> str:
        return excerpt(message.last_error)

    def found(self, text: str) -> Q:
        if key := search.as_id(text):
            return Q(id=key) | Q(request_id=key)
        return Q(request__beneficiary_email__startswith=text.lower())

    def record(self, row: OutboxMessage, request: HttpRequest) -> Record:
        about = row.request
        return Record(
            heading=f"{row.kind} by {CHANNELS[Channel(row.channel)]}",
            status=delivery_chip(row),
            groups=[
                Group("Delivery (UTC)", _delivery(row)),
                Group("Message", _content(row)),
                Group("About", [Fact("Request", link(about, str(about)) if about else "")]),
            ],
            timeline=timeline(Q(request=about)) if about else (),
        )

    # --- send again -----------------------------------------------------------------------------
    def cells(self, row: OutboxMessage, request: HttpRequest) -> Sequence[object]:
        channel = CHANNELS[Channel(row.channel)]
        return (utc(row.created_at), row.kind, channel, recipients(row), row.last_error)

    def objection(self, action: BulkAction, row: Any, request: HttpRequest) -> str:
        return why_not(row)

    def carry_out(
        self, action: BulkAction, row: OutboxMessage, comment: str, request: HttpRequest
    ) -> Outcome:
        # The current time, not the page's: the message must not become due before its last change.
        resend_message(message_id=row.pk, actor=actor_of(request), now=timezone.now())
        return Outcome("Sent again", "Delivery is tried again immediately")


def delivery_chip(message: OutboxMessage) -> SafeString:
    """Return the delivery state as a small label."""
    tone, label = TONES[DeliveryState(message.state)]
    return format_html('<span class="chip chip-{}">{}</span>', tone, label)


def recipients(message: OutboxMessage) -> str:
    """Return the recipients on one line; a topic has its own subscribers."""
    kept = message.recipients if isinstance(message.recipients, dict) else {}
    to, cc = (", ".join(map(str, kept.get(name, ()))) for name in ("to", "cc"))
    return f"{to}; copy to {cc}" if cc else to


def _delivery(message: OutboxMessage) -> list[Fact]:
    return [
        Fact("Created", utc(message.created_at)),
        Fact("Attempts", message.attempts),
        Fact("Next attempt", utc(message.next_attempt_at)),
        Fact("Delivered", utc(message.delivered_at)),
        Fact("Last error", message.last_error),
    ]


def _content(message: OutboxMessage) -> list[Fact]:
    said = message.payload.get("properties", {})
    return [
        Fact("Recipients", recipients(message)),
        Fact("Subject", message.payload.get("subject", "")),
        *(Fact(str(name), _plain(value)) for name, value in said.items()),
        Fact("Message id", str(message.pk), is_code=True),
    ]


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
