"""Signs IAP's assertions, valid and invalid ones, and holds the keys."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from simulator.people import User

ISSUER = "https://cloud.google.com/iap"
LIFETIME = 600


def base64url(data: bytes) -> str:
    """Return the base64url encoding without padding, as in JSON Web Tokens."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def claims_for(user: User, audience: str, now: float) -> dict[str, Any]:
    """Return IAP's claims about a person."""
    claims = {
        "iss": ISSUER,
        "aud": audience,
        "sub": user.subject,
        "email": user.email,
        "iat": int(now),
        "exp": int(now) + LIFETIME,
        "google": {
            "access_levels": ["accessPolicies/1/accessLevels/corporate_device"],
            "device_id": f"device-{user.email.partition('@')[0]}",
        },
    }
    if not user.external:
        claims["hd"] = user.email.partition("@")[2]
    return claims


class IapSigner:
    """Holds IAP's keys; the last one signs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: dict[str, ec.EllipticCurvePrivateKey] = {}
        self.rotate()

    def rotate(self, *, forget: bool = False) -> str:
        """Sign with a new key from now on; with `forget`, stop publishing the old ones."""
        key_id = secrets.token_urlsafe(6)
        with self._lock:
            if forget:
                self._keys.clear()
            self._keys[key_id] = ec.generate_private_key(ec.SECP256R1())
        return key_id

    def public_keys(self) -> dict[str, str]:
        """Return the key document: key ID to PEM."""
        with self._lock:
            return {key_id: public_pem(key) for key_id, key in self._keys.items()}

    def sign(
        self,
        claims: Mapping[str, Any],
        *,
        algorithm: str = "ES256",
        key: ec.EllipticCurvePrivateKey | None = None,
        header: Mapping[str, Any] | None = None,
    ) -> str:
        """Return a token in compact form.

        `none` leaves the signature empty and `HS256` uses the public key as secret, as attackers do.
        A header or claim that is None is omitted.
        """
        with self._lock:
            key_id, latest = list(self._keys.items())[-1]
        head = {"alg": algorithm, "typ": "JWT", "kid": key_id} | dict(header or {})
        signed = ".".join(base64url(compact(part)) for part in (head, claims))
        return f"{signed}.{base64url(signature(signed.encode(), algorithm, key or latest))}"


def compact(part: Mapping[str, Any]) -> bytes:
    """Return JSON of the entries that are not None."""
    kept = {name: value for name, value in part.items() if value is not None}
    return json.dumps(kept, separators=(",", ":")).encode()


def signature(data: bytes, algorithm: str, key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the signature of a token's first two parts."""
    if algorithm == "none":
        return b""
    if algorithm == "HS256":
        return hmac.new(public_pem(key).encode(), data, hashlib.sha256).digest()
    numbers = utils.decode_dss_signature(key.sign(data, ec.ECDSA(SHA256())))
    return b"".join(number.to_bytes(32, "big") for number in numbers)


def public_pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    """Return the public key in PEM, as Google publishes it."""
    public = key.public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def assertion_claims(
    user: User, audience: str, overrides: Mapping[str, Any], now: float | None = None
) -> dict[str, Any]:
    """Return IAP's claims about a person with some of them replaced."""
    return claims_for(user, audience, time.time() if now is None else now) | dict(overrides)
