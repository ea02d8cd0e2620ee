"""Sends a message again whose delivery failed."""

from __future__ import annotations

import uuid
from datetime import datetime

from activations.domain.refusals import Moved, NotAllowed, NotAvailable
from activations.domain.states import DeliveryState
from activations.evidence.recording import Step, record, recording
from activations.models import OutboxMessage
from activations.notifications.resend import resend
from activations.people.actor import Actor

WORDS = {
    DeliveryState.WAITING: "The message is already waiting for its next attempt",
    DeliveryState.DELIVERED: "The message was delivered already",
}


def resend_message(*, message_id: uuid.UUID, actor: Actor, now: datetime) -> OutboxMessage:
    """Queue this message again, and record the actor in the evidence.

    :raises NotAllowed: when the actor is not an administrator.
    :raises NotAvailable: when the message does not exist.
    :raises Moved: when the delivery has not failed.
    """
    if not actor.user.permissions.is_administrator:
        raise NotAllowed("Only administrators can send messages again")
    with recording():
        message = OutboxMessage.objects.filter(pk=message_id).first()
        if message is None:
            raise NotAvailable("There is no such message")
        if not resend([message_id], now=now):
            raise Moved(why_not(message))
        step = Step(
            kind="message.resent",
            at=now,
            request=message.request,
            actor=actor.caller,
            was=DeliveryState.DEAD,
            became=DeliveryState.WAITING,
            details={"message": str(message.pk), "kind": message.kind, "channel": message.channel},
        )
        record(step)
    message.refresh_from_db()
    return message


def why_not(message: OutboxMessage) -> str:
    """Return why this message cannot be sent again; '' when it can."""
    return WORDS.get(DeliveryState(message.state), "")
