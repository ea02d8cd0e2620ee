"""Signs the manifest of a pack as the application's service account."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from activations.packs.verifier.files import is_signed
from googlecloud.cloud import Cloud
from googlecloud.errors import Denied, Unavailable
from googlecloud.iam_credentials import Signature

Sign = Callable[[Mapping[str, Any]], Signature]
ROLE = "roles/iam.serviceAccountTokenCreator"


@dataclass(frozen=True, slots=True)
class Unsigned:
    """Why a pack is not signed, in words for its first page."""

    reason: str


def sign_as_ourselves(cloud: Cloud) -> Sign:
    """Return a function that signs claims as the attached service account.

    :raises googlecloud.errors.Denied: by that function, when the account may not sign.
    :raises googlecloud.errors.GoogleCloudError: by that function, when Google does not answer.
    """

    def sign(claims: Mapping[str, Any]) -> Signature:
        account = cloud.metadata.service_account_email
        return cloud.iam_credentials.sign_jwt(account=account, claims={"iss": account, **claims})

    return sign


def signature_of(
    *, pack_id: str, manifest_sha256: str, at: datetime, sign: Sign | None
) -> Signature | Unsigned:
    """Return the signature, or why there is none: a refusal is a reason, an outage is not.

    `sign` is None when nobody wants a signature.

    :raises googlecloud.errors.GoogleCloudError: when Google does not answer, or signed wrongly.
    """
    if sign is None:
        return Unsigned("The person who made the pack chose not to sign it.")
    claims = {
        "sub": "evidence pack",
        "iat": int(at.timestamp()),
        "pack_id": pack_id,
        "manifest_sha256": manifest_sha256,
    }
    try:
        signature = sign(claims)
    except Denied as error:
        return Unsigned(
            f"{str(error).rstrip('.')}. To sign, grant {ROLE} to the service account on itself."
        )
    head, payload, signed = signature.token.split(".")
    if not is_signed(dict(signature.key), f"{head}.{payload}", signed):
        raise Unavailable("The published key does not verify Google's signature", reason="KEY")
    return signature


def key_file(signature: Signature) -> bytes:
    """Return the public key as a JSON Web Key."""
    return json.dumps(dict(signature.key), indent=2, sort_keys=True).encode() + b"\n"
