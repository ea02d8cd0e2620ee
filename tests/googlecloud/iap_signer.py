"""Signs assertions with keys and times that the test chooses."""

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
AUDIENCE = "/projects/1/apps/p1"
KEY_ID = "k1"


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def claims(**changes: Any) -> dict[str, Any]:
    """The claims of Alice with `changes` applied; None removes a claim."""
    issued = int(NOW.timestamp())
    usual = {
        "iss": "https://cloud.google.com/iap",
        "aud": AUDIENCE,
        "sub": "accounts.google.com:1",
        "email": "alice@example.com",
        "hd": "example.com",
        "iat": issued,
        "exp": issued + 600,
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


@dataclass
class Signer:
    """One key pair."""

    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @property
    def pem(self) -> str:
        public = self.key.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def sign(self, payload: Any, header: dict[str, Any] | None = None) -> str:
        head = {"alg": "ES256", "typ": "JWT", "kid": KEY_ID, **(header or {})}
        return self.sign_raw(json.dumps(head).encode(), json.dumps(payload).encode())

    def sign_raw(self, header: bytes, payload: bytes) -> str:
        signed = f"{encoded(header)}.{encoded(payload)}"
        r, s = decode_dss_signature(self.key.sign(signed.encode(), ec.ECDSA(SHA256())))
        return f"{signed}.{encoded(r.to_bytes(32) + s.to_bytes(32))}"
