"""Publishes messages to a Pub/Sub topic, in the original's format."""

from __future__ import annotations

import json

from django.conf import settings

from activations.models import OutboxMessage
from activations.notifications.failures import FEW_ATTEMPTS, MANY_ATTEMPTS, DeliveryFailed
from activations.notifications.outcome import Delivered
from eligibility import providers
from googlecloud.errors import Denied, GoogleCloudError, Invalid, NotFound


class TopicSender:
    """Publishes to one topic in the application's own project."""

    def __init__(self, topic: str) -> None:
        self._topic = topic

    def deliver(self, message: OutboxMessage) -> Delivered:
        """Publish one message.

        :raises DeliveryFailed: when Pub/Sub did not accept it.
        """
        try:
            providers.cloud().pubsub.publish(
                project_id=settings.GOOGLE_CLOUD_PROJECT or providers.metadata().project_id,
                topic=self._topic,
                data=data(message),
                attributes={"type": message.kind, "event_id": str(message.id)},
            )
        except GoogleCloudError as error:
            raise _failure(error) from error
        return Delivered()

    def close(self) -> None:
        """Do nothing, because no connection stays open."""


def data(message: OutboxMessage) -> bytes:
    """Return type and attributes as JSON, in UTF-8."""
    said = {"type": message.kind, "attributes": message.payload["properties"]}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _failure(error: GoogleCloudError) -> DeliveryFailed:
    is_misconfigured = isinstance(error, Denied | NotFound | Invalid)
    return DeliveryFailed(
        f"Publishing event to Pub/Sub failed: {error}",
        attempts=FEW_ATTEMPTS if is_misconfigured else MANY_ATTEMPTS,
        whole_channel=not isinstance(error, Invalid),
        retry_after=error.retry_after or 0,
    )
