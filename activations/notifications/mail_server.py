"""The configuration of the mail server."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from ssl import SSLContext, create_default_context

from activations.notifications.address_mapping import AddressMapping


class Security(StrEnum):
    """How the connection is encrypted. Delivery fails when the server does not support it."""

    STARTTLS = "STARTTLS"
    TLS = "TLS"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MailServer:
    """The parsed settings SMTP_* and SMTP_OPTIONS."""

    host: str
    port: int
    sender_address: str
    sender_name: str = "JIT Access"
    security: Security = Security.STARTTLS
    username: str = ""
    password: str = field(default="", repr=False)
    secret: str = ""
    envelope_sender: str = ""
    local_hostname: str = ""
    timeout: float = 20.0
    mapping: AddressMapping = field(default_factory=AddressMapping)
    ignored_options: tuple[str, ...] = ()

    @property
    def authenticates(self) -> bool:
        """Whether a user name and a password or secret are configured."""
        return bool(self.username and (self.password or self.secret))

    @property
    def lacks_for_login(self) -> str:
        """Return what is not set although the other half is: the user name, or the password; '' otherwise."""
        has_password = bool(self.password or self.secret)
        if bool(self.username) == has_password:
            return ""
        return "SMTP_USERNAME" if has_password else "SMTP_PASSWORD or SMTP_SECRET"

    @property
    def domain(self) -> str:
        return self.sender_address.rpartition("@")[2]

    @staticmethod
    def tls() -> SSLContext:
        """Return a context that verifies certificates and host names. SSL_CERT_FILE adds your own CA."""
        return create_default_context()
