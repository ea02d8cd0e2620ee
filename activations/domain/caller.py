"""Who is acting and from where, as the identity layer found out; kept for log lines and evidence."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified person at the other end of one HTTP request."""

    email: str
    subject: str
    device_id: str = "unknown"
    access_levels: tuple[str, ...] = ()
    address: str = ""
    channel: str = "web"

    @property
    def labels(self) -> dict[str, str]:
        """The labels that the original puts on every log entry with a user."""
        return {
            "user": self.email,
            "user_id": self.subject,
            "device_id": self.device_id,
            "device_access_levels": ", ".join(self.access_levels),
        }


current_caller: ContextVar[Caller | None] = ContextVar("current_caller", default=None)
# What log entries are correlated by: the trace that the client, or the platform for it, has begun.
current_trace: ContextVar[str] = ContextVar("current_trace", default="")
# Made here for each request, so that no client can choose what the evidence says.
own_trace: ContextVar[str] = ContextVar("own_trace", default="")
