"""Delivers due messages: claims each one, sends it outside of a transaction, and records the result."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from activations.domain.states import DeliveryState
from activations.models import OutboxMessage
from activations.notifications.backoff import pause
from activations.notifications.claims import claim_next, settle
from activations.notifications.failures import FEW_ATTEMPTS, DeliveryFailed
from activations.notifications.outcome import Delivered
from activations.notifications.senders import Senders
from googlecloud.calls import Deadline

logger = logging.getLogger("jitaccess.notifications")


@dataclass(slots=True)
class Counts:
    """The numbers of messages by result."""

    delivered: int = 0
    postponed: int = 0
    dead: int = 0

    def __str__(self) -> str:
        return f"{self.delivered} delivered, {self.postponed} postponed, {self.dead} dead"


def deliver_due(
    *, clock: Callable[[], datetime], limit: int = 500, deadline: Deadline | None = None
) -> Counts:
    """Deliver due messages, at most `limit`, and count the results. Does not raise when deliveries fail.

    When a channel is unavailable, its other messages wait for a later round.
    """
    work = Round(clock)
    try:
        for _ in range(limit):
            if (deadline and deadline.expired) or not work.step():
                break
    finally:
        work.senders.close()
    return work.counts


@dataclass(slots=True)
class Round:
    """One round of deliveries by one worker."""

    clock: Callable[[], datetime]
    worker: str = field(default_factory=lambda: str(uuid.uuid4()))
    senders: Senders = field(default_factory=Senders)
    counts: Counts = field(default_factory=Counts)
    unavailable: set[str] = field(default_factory=set)

    def step(self) -> bool:
        """Deliver one message. Return False when no message is due."""
        message = claim_next(worker=self.worker, now=self.clock(), except_channels=self.unavailable)
        if message is None:
            return False
        try:
            delivered = self.senders.deliver(message)
        except DeliveryFailed as failure:
            self._failed(message, failure)
        except Exception as error:
            # A message that cannot be created must not block the delivery of the others.
            logger.exception("Message %s could not be created", message.pk)
            text = f"{type(error).__name__}: {error}"
            self._failed(message, DeliveryFailed(text, attempts=FEW_ATTEMPTS))
        else:
            self._succeeded(message, delivered)
        return True

    def _succeeded(self, message: OutboxMessage, delivered: Delivered) -> None:
        if delivered.left:
            recipients = message.recipients | {"left": list(delivered.left)}
            self._failed(message, DeliveryFailed(delivered.note), recipients=recipients)
            return
        self.counts.delivered += 1
        self._settle(
            message,
            state=DeliveryState.DELIVERED,
            delivered_at=self.clock(),
            next_attempt_at=None,
            last_error=delivered.note,
        )
        _log(logging.INFO, message, f"delivered {delivered.note}".rstrip())

    def _failed(self, message: OutboxMessage, failure: DeliveryFailed, **values: Any) -> None:
        if failure.whole_channel:
            self.unavailable.add(message.channel)
        values["last_error"] = str(failure)
        if message.attempts >= failure.attempts:
            self.counts.dead += 1
            self._settle(message, state=DeliveryState.DEAD, next_attempt_at=None, **values)
            _log(logging.ERROR, message, f"failed after {message.attempts} attempts: {failure}")
            return
        self.counts.postponed += 1
        later = self.clock() + pause(message.attempts, at_least=failure.retry_after)
        self._settle(message, next_attempt_at=later, **values)
        _log(logging.WARNING, message, f"postponed: {failure}")

    def _settle(self, message: OutboxMessage, **values: Any) -> None:
        if not settle(message, worker=self.worker, **values):
            _log(
                logging.WARNING,
                message,
                "took longer than its claim lasts; it may be delivered twice",
            )


def _log(level: int, message: OutboxMessage, what: str) -> None:
    logger.log(
        level,
        "Message %s (%s) %s",
        message.pk,
        message,
        what,
        extra={
            "event": "notifications.deliver",
            "labels": {"message": str(message.pk), "request": str(message.request_id or "")},
        },
    )
