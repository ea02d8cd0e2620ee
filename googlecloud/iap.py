"""Verifies the signed assertion that Identity-Aware Proxy adds to a request."""

import base64
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn, TypeGuard

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from googlecloud import json_text
from googlecloud.iap_keys import GOOGLE_KEYS_URL, IapKeys, KeysUnavailable
from googlecloud.names import SUBJECT_PREFIX, is_address, is_service_account

__all__ = [
    "GOOGLE_KEYS_URL",
    "IapClaims",
    "IapKeys",
    "IapVerifier",
    "InvalidAssertion",
    "KeysUnavailable",
    "UnsupportedIdentity",
]

ISSUER = "https://cloud.google.com/iap"
_SKEW = 30
_LONGEST_LIFE = 600 + 2 * _SKEW
_LONGEST_TOKEN = 16 * 1024
_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
_HALF_SIGNATURE = 32
_END_OF_TIME = 2**37  # the latest time in seconds that fits Python's calendar
_LONGEST_SUBJECT = 255
_LONGEST_AUDIENCE = 200
_GOOGLE_SOURCES = (None, "", "GOOGLE")


class InvalidAssertion(Exception):
    """The token is not a current assertion of IAP for this application; `reason` is for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Invalid IAP assertion: {reason}")
        self.reason = reason


class UnsupportedIdentity(InvalidAssertion):
    """The assertion is valid, but not for a person's Google account; `source` names what it is for."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(reason)
        self.source = source


@dataclass(frozen=True, slots=True)
class IapClaims:
    """The verified claims; `device_id` is `unknown` and `access_levels` empty when IAP sends none."""

    sub: str
    email: str
    hd: str | None
    device_id: str
    access_levels: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime


class IapVerifier:
    """Accepts assertions that IAP signed for one of `audiences`, and nothing else.

    :raises ValueError: when there is no audience, or an empty one.
    """

    def __init__(self, keys: IapKeys, audiences: Collection[str]) -> None:
        if isinstance(audiences, str) or not all(audiences) or not audiences:
            raise ValueError("IapVerifier needs a list of audiences, none of them empty")
        self._keys = keys
        self._audiences = frozenset(audiences)

    def verify(self, token: str, now: datetime) -> IapClaims:
        """Return the claims of a token that is valid at `now`.

        :raises UnsupportedIdentity: when it is valid, but not for a person's Google account.
        :raises InvalidAssertion: when it is not valid.
        :raises KeysUnavailable: when no keys are available to verify it.
        """
        claims = self._genuine(token)
        self._check_parties(claims)
        issued, expires = _lifetime(claims, now.timestamp())
        device_id, access_levels = _device(claims.get("google"))
        domain = claims.get("hd")
        subject = _subject(claims)
        return IapClaims(
            sub=subject,
            email=_email(claims),
            hd=domain if isinstance(domain, str) else None,
            device_id=device_id,
            access_levels=access_levels,
            issued_at=datetime.fromtimestamp(issued, UTC),
            expires_at=datetime.fromtimestamp(expires, UTC),
        )

    def _genuine(self, token: str) -> dict[str, Any]:
        """Return the payload; it is read only after the signature is verified."""
        header, payload, signature = _parts(token)
        key = self._keys.get(_key_id(header)) or _refuse("unknown key")
        signed = token.rpartition(".")[0].encode()
        r, s = signature[:_HALF_SIGNATURE], signature[_HALF_SIGNATURE:]
        der = encode_dss_signature(int.from_bytes(r), int.from_bytes(s))
        try:
            key.verify(der, signed, ec.ECDSA(SHA256()))
        except InvalidSignature:
            _refuse("wrong signature")
        return _json_object(payload)

    def _check_parties(self, claims: dict[str, Any]) -> None:
        if claims.get("iss") != ISSUER:
            _refuse("wrong issuer")
        audience = claims.get("aud")
        if not isinstance(audience, str) or audience not in self._audiences:
            # The signature is IAP's, so the audience names another resource of the operator.
            _refuse(f"wrong audience, {str(audience)[:_LONGEST_AUDIENCE]!r} came")


def _refuse(reason: str) -> NoReturn:
    raise InvalidAssertion(reason)


def _parts(token: str) -> tuple[dict[str, Any], bytes, bytes]:
    match = _COMPACT.fullmatch(token) if len(token) <= _LONGEST_TOKEN else None
    if match is None:
        _refuse("not a token")
    header, payload, signature = (_decoded(part) for part in match.groups())
    if len(signature) != 2 * _HALF_SIGNATURE:
        _refuse("wrong signature")
    return _json_object(header), payload, signature


def _decoded(part: str) -> bytes:
    """Decode base64url in its one canonical spelling; Python would accept several."""
    try:
        data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        _refuse("not base64url")
    if base64.urlsafe_b64encode(data).rstrip(b"=") != part.encode():
        _refuse("not base64url")
    return data


def _json_object(data: bytes) -> dict[str, Any]:
    try:
        value = json_text.parse(data)
    except ValueError:
        _refuse("not JSON")
    if not isinstance(value, dict):
        _refuse("not a JSON object")
    return value


def _key_id(header: dict[str, Any]) -> str:
    if header.get("alg") != "ES256":
        _refuse("wrong algorithm")
    if "crit" in header:
        _refuse("unknown extension")
    key_id = header.get("kid")
    return key_id if isinstance(key_id, str) and key_id else _refuse("no key id")


def _lifetime(claims: dict[str, Any], now: float) -> tuple[float, float]:
    issued, expires = _seconds(claims, "iat"), _seconds(claims, "exp")
    if not 0 < expires - issued <= _LONGEST_LIFE:
        _refuse("wrong lifetime")
    if now < issued - _SKEW:
        _refuse("issued in the future")
    if now > expires + _SKEW:
        _refuse("expired")
    return issued, expires


def _seconds(claims: dict[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        _refuse(f"{name} is not a time")
    # The comparison is false for NaN and infinity too.
    return value if 0 <= value < _END_OF_TIME else _refuse(f"{name} is not a time")


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) and value else _refuse(f"no {name}")


def _subject(claims: dict[str, Any]) -> str:
    """Return the subject of a Google account; workforce pools, Identity Platform and others are refused."""
    subject = _text(claims, "sub")
    source = claims.get("identity_source")
    if source not in _GOOGLE_SOURCES:
        raise UnsupportedIdentity(
            f"the identity source {_shown(source)}", "foreign identity source"
        )
    for name in ("gcip", "workforce_identity"):
        if name in claims:
            raise UnsupportedIdentity(f"an external identity ({name})", f"claim {name}")
    account = subject.removeprefix(SUBJECT_PREFIX)
    if (
        account == subject
        or not re.fullmatch(r"[!-~]+", account)
        or len(subject) > _LONGEST_SUBJECT
    ):
        raise UnsupportedIdentity(
            f"the identity source {_shown(subject.partition(':')[0])}", "foreign subject"
        )
    return subject


def _email(claims: dict[str, Any]) -> str:
    """Return the address in lower case; refuse special characters and service accounts."""
    value = claims.get("email")
    if not isinstance(value, str) or not value:
        raise UnsupportedIdentity("an identity without an e-mail address", "no email")
    address = value.removeprefix(SUBJECT_PREFIX)
    if not address:
        raise UnsupportedIdentity("an identity without an e-mail address", "email is empty")
    prefix, colon, _ = address.partition(":")
    if colon:
        raise UnsupportedIdentity(f"the identity source {_shown(prefix)}", "foreign e-mail prefix")
    if not is_address(address):
        raise UnsupportedIdentity(
            f"the e-mail address {_shown(address)}", "email is not local@domain in printable ASCII"
        )
    if is_service_account(address):
        raise UnsupportedIdentity(f"the service account {address.lower()}", "service account")
    return address.lower()


def _shown(value: object) -> str:
    """Return a foreign value shortened and in ASCII, for texts and logs."""
    return ascii(value)[:120]


def _is_storable(value: object) -> TypeGuard[str]:
    """Return whether every database and log accepts the text: no controls, no unpaired surrogates."""
    return isinstance(value, str) and value.isprintable()


def _device(google: object) -> tuple[str, tuple[str, ...]]:
    """Return device id and access levels; values of an undocumented form count as absent."""
    told = google if isinstance(google, dict) else {}
    device_id, levels = told.get("device_id"), told.get("access_levels")
    return (
        device_id if _is_storable(device_id) and device_id else "unknown",
        tuple(level for level in levels if _is_storable(level)) if isinstance(levels, list) else (),
    )
