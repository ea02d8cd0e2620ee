"""A mail server for tests, with STARTTLS, AUTH, its own certificates and configurable failures."""

from __future__ import annotations

import datetime
import email
import ipaddress
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.ports import free_port

USERNAME = "jitaccess@example.com"


class SmtpServer:
    """Holds the received mails and configures how the server behaves."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.passwords = {"right"}
        self.logins: list[str] = []
        self.refused: dict[str, str] = {}
        self.data_answer = "250 OK"

    @property
    def mails(self) -> list[EmailMessage]:
        return [
            email.message_from_bytes(envelope.original_content or b"", policy=default)
            for envelope in self.envelopes
        ]

    def authenticate(self, *args: Any) -> AuthResult:
        login = args[4]
        assert isinstance(login, LoginPassword)
        password = login.password.decode()
        self.logins.append(password)
        success = login.login.decode() == USERNAME and password in self.passwords
        return AuthResult(success=success, handled=success)

    async def handle_RCPT(self, *args: Any) -> str:  # noqa: N802  # aiosmtpd's name
        envelope, address = args[2], args[3]
        if answer := self.refused.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, *args: Any) -> str:  # noqa: N802  # aiosmtpd's name
        if self.data_answer.startswith("250"):
            self.envelopes.append(args[2])
        return self.data_answer


@contextmanager
def listening(
    smtp: SmtpServer, *, port: int, certificate: Path | None = None, auth: bool = True
) -> Iterator[None]:
    """Run the server; without a certificate it offers no STARTTLS."""
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    controller = Controller(
        smtp,
        hostname="127.0.0.1",
        port=port,
        server_hostname="mail.example.com",
        tls_context=context,
        require_starttls=context is not None,
        authenticator=smtp.authenticate,
        auth_required=auth and context is not None,
        auth_require_tls=True,
    )
    controller.start()
    try:
        yield
    finally:
        controller.stop()


class Authority:
    """A certificate authority that only programs trust that read its file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test CA")])
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        certificate = self._builder(self._name, self._key).add_extension(constraints, critical=True)
        self.file = folder / "ca.pem"
        self.file.write_bytes(self._signed(certificate))

    def certificate(self, address: str) -> Path:
        """Return a file with key and certificate for an address."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address)])
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        signed = self._signed(self._builder(name, key).add_extension(names, critical=False))
        path = self._folder / f"{address}.pem"
        path.write_bytes(_private(key) + signed)
        return path

    def _builder(self, name: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)  # noqa: TID251  # certificates know real time
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(hours=1))
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
        )

    def _signed(self, builder: x509.CertificateBuilder) -> bytes:
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def any_port() -> int:
    return free_port()
