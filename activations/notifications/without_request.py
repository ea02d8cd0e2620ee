"""Writes messages to the outbox that concern no request, such as those about access reviews."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from activations.domain.states import Channel, DeliveryState
from activations.models import OutboxMessage
from activations.notifications import background_delivery
from activations.notifications.kinds import ReviewAnnouncement
from activations.notifications.subjects import one_line


def announce_review(
    kind: ReviewAnnouncement,
    *,
    told: Sequence[str],
    subject: str,
    properties: dict[str, Any],
    now: datetime,
) -> None:
    """Insert one message per configured channel, and request its delivery after the commit.

    Call it in the transaction of the change that it reports.

    :param told: who gets the mail; without anybody, only Pub/Sub gets the message
    :param properties: values for templates and for Pub/Sub, among them `action_url` and `base_url`
    """
    content = {"subject": one_line(subject), "properties": properties}
    messages = []
    if settings.NOTIFICATION_TOPIC:
        messages.append(_message(kind, Channel.PUBSUB, content, now))
    if settings.MAIL_SERVER and told:
        mail = _message(kind, Channel.MAIL, content, now)
        mail.recipients = {"to": list(told), "cc": []}
        host = urlsplit(properties["base_url"]).hostname or settings.MAIL_SERVER.domain
        mail.payload = content | {"message_id": f"<{mail.id}@{host}>"}
        messages.append(mail)
    if messages:
        OutboxMessage.objects.bulk_create(messages)
        transaction.on_commit(background_delivery.request_delivery, robust=True)


def _message(
    kind: ReviewAnnouncement, channel: Channel, content: dict[str, Any], now: datetime
) -> OutboxMessage:
    return OutboxMessage(
        kind=kind,
        channel=channel,
        payload=content,
        state=DeliveryState.WAITING,
        created_at=now,
        next_attempt_at=now,
    )
