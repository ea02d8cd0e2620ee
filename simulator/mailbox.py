"""Received mails, which everybody on this computer can read."""

import email
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from functools import cached_property

KEPT = 500


@dataclass(frozen=True)
class Mail:
    """One mail as it was received."""

    id: int
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    content: bytes

    @cached_property
    def message(self) -> EmailMessage:
        """Headers and parts."""
        return email.message_from_bytes(self.content, policy=default)

    def header(self, name: str) -> str:
        """Return a header's text, '' when it is missing."""
        return str(self.message.get(name, ""))

    @cached_property
    def html(self) -> str:
        """Return the HTML text, '' when there is none."""
        return self._text("html")

    @cached_property
    def text(self) -> str:
        """Return the plain text, '' when there is none."""
        return self._text("plain")

    def _text(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return str(part.get_content()).replace("\r\n", "\n") if part else ""


class Mailbox:
    """The latest mails."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mails: deque[Mail] = deque(maxlen=KEPT)
        self._count = 0

    def add(self, sender: str, recipients: Sequence[str], content: bytes) -> Mail:
        """Keep a mail."""
        with self._lock:
            self._count += 1
            mail = Mail(self._count, datetime.now(UTC), sender, tuple(recipients), content)
            self._mails.append(mail)
            return mail

    def mails(self, recipient: str = "") -> list[Mail]:
        """Return all mails, or those of one recipient; newest first."""
        with self._lock:
            found = list(reversed(self._mails))
        wanted = recipient.lower()
        return [
            mail
            for mail in found
            if not wanted or wanted in (address.lower() for address in mail.recipients)
        ]

    def mail(self, number: int) -> Mail | None:
        """A mail by its number."""
        return next((mail for mail in self.mails() if mail.id == number), None)
