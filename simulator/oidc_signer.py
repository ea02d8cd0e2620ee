"""Signs identity tokens of service accounts, and what they sign themselves."""

import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from simulator.iap import base64url, compact

ISSUER = "https://accounts.google.com"
LIFETIME = 3600


class OidcSigner:
    """Holds one key, created on first use."""

    KEY_ID = "google-1"

    def __init__(self) -> None:
        self._key: rsa.RSAPrivateKey | None = None

    @property
    def key(self) -> rsa.RSAPrivateKey:
        if self._key is None:
            self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return self._key

    def sign(self, email: str, audience: str, /, **claims: Any) -> str:
        """Return a token for a service account; a claim given as None is left out."""
        now = int(time.time())
        body = {
            "iss": ISSUER,
            "aud": audience,
            "sub": "100000000000000000099",
            "email": email,
            "email_verified": True,
            "iat": now,
            "exp": now + LIFETIME,
        } | claims
        return self.signed(body)

    def signed(self, body: dict[str, Any]) -> str:
        """Return these claims as a signed JWT."""
        header = {"alg": "RS256", "typ": "JWT", "kid": self.KEY_ID}
        signed = ".".join(base64url(compact(part)) for part in (header, body))
        signature = self.key.sign(signed.encode(), padding.PKCS1v15(), SHA256())
        return f"{signed}.{base64url(signature)}"

    def public_jwk(self) -> dict[str, str]:
        """Return the public key as Google publishes it."""
        numbers = self.key.public_key().public_numbers()
        return {
            "kid": self.KEY_ID,
            "kty": "RSA",
            "alg": "RS256",
            "use": "sig",
            "n": base64url(number_bytes(numbers.n)),
            "e": base64url(number_bytes(numbers.e)),
        }


def number_bytes(number: int) -> bytes:
    """Return a number as bytes, the highest first, without leading zeros."""
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
