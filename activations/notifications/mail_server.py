"""Where mail is handed in, and in whose name."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from ssl import SSLContext, create_default_context

from activations.notifications.address_mapping import AddressMapping


class Security(StrEnum):
    """How the connection is kept private; what is asked for is required."""

    STARTTLS = "STARTTLS"
    TLS = "TLS"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MailServer:
    """SMTP_* and SMTP_OPTIONS, understood."""

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
        """Only with a name and a way to the password."""
        return bool(self.username and (self.password or self.secret))

    @property
    def domain(self) -> str:
        return self.sender_address.rpartition("@")[2]

    @staticmethod
    def tls() -> SSLContext:
        """Certificates and host names are always verified (SSL_CERT_FILE adds a CA of one's own)."""
        return create_default_context()
