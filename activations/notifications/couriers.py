"""One courier per channel, hired when it is first needed."""

from __future__ import annotations

from typing import Protocol

from django.conf import settings

from activations.models import OutboxMessage
from activations.notifications.failures import SOME_PATIENCE, DeliveryFailed
from activations.notifications.mail import MailCourier
from activations.notifications.outcome import Delivered
from activations.notifications.topic import TopicCourier
from activations.states import Channel


class Courier(Protocol):
    """Delivers messages of one channel."""

    def deliver(self, message: OutboxMessage) -> Delivered: ...

    def close(self) -> None: ...


class Couriers:
    """The couriers of one round."""

    def __init__(self) -> None:
        self._hired: dict[str, Courier] = {}

    def deliver(self, message: OutboxMessage) -> Delivered:
        """Deliver a message on its channel.

        :raises DeliveryFailed: when that did not work, or the channel is no longer configured.
        """
        if message.channel not in self._hired:
            self._hired[message.channel] = _hire(message.channel)
        return self._hired[message.channel].deliver(message)

    def close(self) -> None:
        for courier in self._hired.values():
            courier.close()


def _hire(channel: str) -> Courier:
    if channel == Channel.MAIL and settings.MAIL_SERVER:
        return MailCourier(settings.MAIL_SERVER)
    if channel == Channel.PUBSUB and settings.NOTIFICATION_TOPIC:
        return TopicCourier(settings.NOTIFICATION_TOPIC)
    raise DeliveryFailed(
        f"The channel {channel} is not configured any more",
        attempts=SOME_PATIENCE,
        whole_channel=True,
    )
