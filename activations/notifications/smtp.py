"""The SMTP connection to the mail server, which stays open for the messages of one round."""

from __future__ import annotations

import contextlib
import smtplib
from collections.abc import Sequence
from functools import cached_property, partial
from ssl import SSLContext
from typing import Any

from django.core.mail.backends.smtp import EmailBackend

from activations.notifications.mail_server import MailServer, Security
from activations.notifications.password import forget_password, password
from activations.notifications.smtp_failures import delivery_failure

Refused = dict[str, tuple[int, bytes]]


class Connection(EmailBackend):
    """Django's mail backend, with the settings and TLS context of :class:`MailServer`."""

    def __init__(self, server: MailServer, secret: str) -> None:
        super().__init__(
            host=server.host,
            port=server.port,
            username=server.username if secret else "",
            password=secret,
            use_tls=server.security is Security.STARTTLS,
            use_ssl=server.security is Security.TLS,
            timeout=server.timeout,
        )
        self._server = server

    @property
    def connection_class(self) -> Any:
        kind = super().connection_class
        name = self._server.local_hostname
        return partial(_named, kind, name) if name else kind

    @cached_property
    def ssl_context(self) -> SSLContext:
        return self._server.tls()


class Smtp:
    """Sends mails to the server. Connects on first use."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._connection: Connection | None = None

    def send(self, *, recipients: Sequence[str], content: bytes) -> Refused:
        """Send one mail, and return the recipients whom the server refused when it accepted others.

        :raises DeliveryFailed: when the server accepted no recipient.
        """
        sender = self._server.envelope_sender or self._server.sender_address
        try:
            server: Any = self._opened().connection
            refused: Refused = server.sendmail(sender, list(recipients), content)
        except (OSError, smtplib.SMTPException) as error:
            raise delivery_failure(error) from error
        return refused

    def greet(self) -> None:
        """Connect, start TLS and sign in, without sending a mail.

        :raises DeliveryFailed: when one of these steps fails.
        """
        try:
            self._opened()
        except (OSError, smtplib.SMTPException) as error:
            raise delivery_failure(error) from error

    def close(self) -> None:
        """Close the connection, and ignore errors."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                connection.close()

    def _opened(self) -> Connection:
        if self._connection is None:
            try:
                self._connection = self._open()
            except smtplib.SMTPAuthenticationError:
                # Somebody may have changed the secret since it was read.
                if not (self._server.secret and forget_password(self._server)):
                    raise
                self._connection = self._open()
        return self._connection

    def _open(self) -> Connection:
        secret = password(self._server) if self._server.authenticates else ""
        connection = Connection(self._server, secret)
        try:
            connection.open()
        except (OSError, smtplib.SMTPException):
            with contextlib.suppress(OSError, smtplib.SMTPException):
                connection.close()
            raise
        return connection


def _named(kind: Any, name: str, host: str, port: int, **parameters: Any) -> Any:
    return kind(host, port, **parameters | {"local_hostname": name})
