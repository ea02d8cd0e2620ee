"""Why a message could not be delivered, and whether trying again makes sense."""

from __future__ import annotations

PATIENCE = 30  # attempts: with the pauses between them, 11 to 22 hours
SOME_PATIENCE = 10  # somebody must put something right first: one to two hours


class DeliveryFailed(Exception):
    """The message was not delivered; the text is fit for administrators and holds no secrets.

    `attempts` is how many of them this kind of failure deserves. Where `whole_channel` holds, other
    messages would fail likewise just now.
    """

    def __init__(
        self,
        message: str,
        *,
        attempts: int = PATIENCE,
        whole_channel: bool = False,
        retry_after: float = 0,
    ) -> None:
        super().__init__(message)
        self.attempts = attempts
        self.whole_channel = whole_channel
        self.retry_after = retry_after

    @classmethod
    def for_good(cls, message: str) -> DeliveryFailed:
        """Trying again would change nothing."""
        return cls(message, attempts=1)
