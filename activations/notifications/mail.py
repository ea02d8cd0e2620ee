"""Delivers messages as mail."""

from __future__ import annotations

from collections.abc import Iterable
from email.utils import format_datetime, formataddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import utf8_charset_qp
from django.template import TemplateDoesNotExist

from activations.models import OutboxMessage
from activations.notifications.addresses import Addresses, addresses
from activations.notifications.failures import DeliveryFailed
from activations.notifications.mail_server import MailServer
from activations.notifications.mail_texts import mail_texts
from activations.notifications.outcome import Delivered
from activations.notifications.smtp import Refused, Smtp
from activations.notifications.smtp_failures import PERMANENT, refusal

NO_ADDRESS = "The notification could not be sent because of an invalid email address"


class MailSender:
    """Sends mails to the server over one connection."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._smtp = Smtp(server)

    def deliver(self, message: OutboxMessage) -> Delivered:
        """Send one mail to all recipients who have not received it yet.

        :raises DeliveryFailed: when the server accepted no recipient.
        """
        asked = message.recipients
        users = asked.get("left") or [*asked.get("to", []), *asked.get("cc", [])]
        found = addresses([*asked.get("to", []), *asked.get("cc", [])], self._server.mapping)
        envelope = list(dict.fromkeys(found.of(users)))
        if not envelope:
            raise DeliveryFailed.permanent(f"{NO_ADDRESS}: {_reasons(found)}")
        try:
            content = _bytes(mail(message, found, self._server))
        except TemplateDoesNotExist as error:
            raise DeliveryFailed.permanent(f"No mail template for {message.kind}") from error
        refused = self._smtp.send(recipients=envelope, content=content)
        return _outcome(users, found, refused)

    def close(self) -> None:
        self._smtp.close()


def mail(message: OutboxMessage, found: Addresses, server: MailServer) -> EmailMultiAlternatives:
    """Return the mail with its HTML and plain texts."""
    texts = mail_texts(message, settings.NOTIFICATION_TIMEZONE)
    email = EmailMultiAlternatives(
        subject=message.payload["subject"],
        body=texts.text,
        from_email=formataddr((server.sender_name, server.sender_address)),
        to=_named(found.of(message.recipients.get("to", []))),
        cc=_named(found.of(message.recipients.get("cc", []))),
        headers=_headers(message),
    )
    # Quoted-printable also works with servers that lack 8BITMIME.
    email.encoding = utf8_charset_qp
    email.attach_alternative(texts.html, "text/html")
    return email


def _bytes(email: EmailMultiAlternatives) -> bytes:
    message: Any = email.message()  # Django's class, which accepts `linesep`
    content: bytes = message.as_bytes(linesep="\r\n")
    return content


def _headers(message: OutboxMessage) -> dict[str, str]:
    headers = {
        "Message-ID": message.payload["message_id"],
        "Date": format_datetime(message.created_at),
        "Precedence": "bulk",
        "Auto-Submitted": "auto-generated",
    }
    if asking := message.payload.get("in_reply_to"):
        headers |= {"In-Reply-To": asking, "References": asking}
    return headers


def _named(mailboxes: Iterable[str]) -> list[str]:
    """Format recipients with the address as the display name, as the original does."""
    return [formataddr((mailbox, mailbox)) for mailbox in dict.fromkeys(mailboxes)]


def _outcome(users: list[str], found: Addresses, refused: Refused) -> Delivered:
    """Return the result. Recipients whom the server refused temporarily are tried again."""
    later = [
        user
        for user in users
        if refused.get(found.found.get(user, ""), (PERMANENT,))[0] < PERMANENT
    ]
    notes = [refusal(address, *answer) for address, answer in refused.items()]
    return Delivered(note=", ".join([*notes, *found.missing.values()]), left=tuple(later))


def _reasons(found: Addresses) -> str:
    return "; ".join(found.missing.values()) or "there is no recipient"
