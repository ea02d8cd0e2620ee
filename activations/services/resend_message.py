"""Give a message that was given up another life."""

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
    DeliveryState.WAITING: "It waits for its next attempt already",
    DeliveryState.DELIVERED: "It was delivered; sending it again would make a double",
}


def resend_message(*, message_id: uuid.UUID, actor: Actor, now: datetime) -> OutboxMessage:
    """Try this message again from now on; the evidence keeps who wanted it.

    :raises NotAllowed: when the caller is no administrator.
    :raises NotAvailable: when there is no such message.
    :raises Moved: when it is not given up.
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
    """Why this message cannot be sent again; '' when it can."""
    return WORDS.get(DeliveryState(message.state), "")
