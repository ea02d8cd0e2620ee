"""Why a message could not be delivered, and how often to try again."""

from __future__ import annotations

MANY_ATTEMPTS = 30  # take 11 to 22 hours with the pauses in between
FEW_ATTEMPTS = 10  # for failures that somebody has to fix first; take one to two hours


class DeliveryFailed(Exception):
    """The message was not delivered. The text is shown to administrators and contains no secrets.

    `attempts` is the maximum number of attempts after this kind of failure. `whole_channel` means that
    other messages on the same channel would fail too. `retry_after` is in seconds.
    """

    def __init__(
        self,
        message: str,
        *,
        attempts: int = MANY_ATTEMPTS,
        whole_channel: bool = False,
        retry_after: float = 0,
    ) -> None:
        super().__init__(message)
        self.attempts = attempts
        self.whole_channel = whole_channel
        self.retry_after = retry_after

    @classmethod
    def permanent(cls, message: str) -> DeliveryFailed:
        """Return a failure that is not tried again."""
        return cls(message, attempts=1)
