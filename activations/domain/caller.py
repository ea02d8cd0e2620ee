"""Who calls and from where, as the identity layer found; recorded in log entries and evidence."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """The verified person who sent an HTTP request."""

    email: str
    subject: str
    device_id: str = "unknown"
    access_levels: tuple[str, ...] = ()
    address: str = ""
    channel: str = "web"

    @property
    def labels(self) -> dict[str, str]:
        """The labels that the original sets on every log entry that has a user."""
        return {
            "user": self.email,
            "user_id": self.subject,
            "device_id": self.device_id,
            "device_access_levels": ", ".join(self.access_levels),
        }


current_caller: ContextVar[Caller | None] = ContextVar("current_caller", default=None)
# Correlates log entries: the trace that the client or the platform started.
current_trace: ContextVar[str] = ContextVar("current_trace", default="")
# Generated here for each request, so that no client can choose what the evidence records.
own_trace: ContextVar[str] = ContextVar("own_trace", default="")
