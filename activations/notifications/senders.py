"""Opens one sender per channel, on first use."""

from __future__ import annotations

from typing import Protocol

from django.conf import settings

from activations.domain.states import Channel
from activations.models import OutboxMessage
from activations.notifications.failures import FEW_ATTEMPTS, DeliveryFailed
from activations.notifications.mail import MailSender
from activations.notifications.outcome import Delivered
from activations.notifications.topic import TopicSender


class Sender(Protocol):
    """Delivers messages of one channel."""

    def deliver(self, message: OutboxMessage) -> Delivered: ...

    def close(self) -> None: ...


class Senders:
    """The senders of one round."""

    def __init__(self) -> None:
        self._opened: dict[str, Sender] = {}

    def deliver(self, message: OutboxMessage) -> Delivered:
        """Deliver a message on its channel.

        :raises DeliveryFailed: when the delivery failed, or the channel is no longer configured.
        """
        if message.channel not in self._opened:
            self._opened[message.channel] = _open(message.channel)
        return self._opened[message.channel].deliver(message)

    def close(self) -> None:
        for sender in self._opened.values():
            sender.close()


def _open(channel: str) -> Sender:
    if channel == Channel.MAIL and settings.MAIL_SERVER:
        return MailSender(settings.MAIL_SERVER)
    if channel == Channel.PUBSUB and settings.NOTIFICATION_TOPIC:
        return TopicSender(settings.NOTIFICATION_TOPIC)
    raise DeliveryFailed(
        f"The channel {channel} is no longer configured",
        attempts=FEW_ATTEMPTS,
        whole_channel=True,
    )
