"""IAM Credentials: signs as the application's own service account, and publishes the keys that verify it."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from urllib3.exceptions import HTTPError

from googlecloud import json_text
from googlecloud.addresses import require_safe
from googlecloud.calls import Build, Calls, Json
from googlecloud.errors import Denied, NotFound, Unavailable
from googlecloud.failures import connection_failure
from googlecloud.names import email_address
from googlecloud.refusals import ErrorAnswer, Explanations
from googlecloud.transport import Pool

_KEYS = "https://www.googleapis.com"
_TIMEOUT = 5.0
_OK = 200
_API = "serviceaccounts.jwk"


@dataclass(frozen=True, slots=True)
class Signature:
    """A signed JWT, the account that signed it, and the public key as a JSON Web Key."""

    account: str
    token: str
    key: Mapping[str, str]

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256 of the key as hexadecimal digits, computed as RFC 7638 describes."""
        wanted = {name: self.key[name] for name in ("e", "kty", "n")}
        text = json.dumps(wanted, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


class IamCredentials:
    """Client for IAM Credentials."""

    def __init__(self, calls: Calls, accounts: Any, keys: Calls) -> None:
        self._calls = calls
        self._accounts = accounts
        self._keys = keys

    def sign_jwt(self, *, account: str, claims: Mapping[str, Any]) -> Signature:
        """Return the claims as a JWT that Google signed with RS256, with the key that verifies it.

        :raises Denied: when the service account may not sign as `account`.
        :raises GoogleCloudError: when Google does not answer, or does not publish the key.
        """
        name = f"projects/-/serviceAccounts/{email_address(account)}"
        body = {"payload": json.dumps(claims, separators=(",", ":"))}
        may_not = f"The service account may not sign as '{account}'"
        answer = self._calls.read(
            lambda: self._accounts.signJwt(name=name, body=body),
            explanations={Denied: may_not, NotFound: may_not},
        )
        token = str(answer.get("signedJwt") or "")
        return Signature(account, token, self._key(account, _key_id(token)))

    def _key(self, account: str, key_id: str) -> dict[str, str]:
        answer = self._keys.read(
            lambda: account,
            explanations={NotFound: f"Google publishes no keys of '{account}'"},
        )
        for key in answer.get("keys") or []:
            if key.get("kid") == key_id and key.get("kty") == "RSA" and key.keys() >= {"e", "n"}:
                return {name: str(value) for name, value in key.items()}
        message = f"Google does not publish the key '{key_id}', with which it signed"
        raise Unavailable(message, reason="KEY_MISSING", api=_API)


def _key_id(token: str) -> str:
    head = token.partition(".")[0]
    try:
        padded = head + "=" * (-len(head) % 4)
        return str(json_text.parse(base64.urlsafe_b64decode(padded))["kid"])
    except (ValueError, KeyError, TypeError):
        message = "Google's signature could not be read"
        raise Unavailable(message, reason="BAD_ANSWER", api="iamcredentials.signJwt") from None


class PublishedKeys:
    """Fetches the public keys of a service account as a JSON Web Key Set; needs no token.

    :raises ValueError: when `endpoint` is neither https nor on this machine.
    """

    def __init__(self, pool: Pool, *, endpoint: str | None) -> None:
        base = endpoint or _KEYS
        require_safe(base)
        self._root = f"{base.rstrip('/')}/service_accounts/v1/metadata/jwk"
        self._pool = pool

    def send(self, build: Build, *, explanations: Explanations, at_most: float | None) -> Json:
        """Return the keys of the account that `build` returns.

        :raises GoogleCloudError: for every failure.
        """
        address = f"{self._root}/{quote(build(), safe='@')}"
        timeout = _TIMEOUT if at_most is None else min(_TIMEOUT, at_most)
        try:
            answer = self._pool.request("GET", address, headers={}, timeout=timeout)
        except HTTPError as error:
            raise connection_failure(error, api=_API) from None
        if answer.status != _OK:
            refused = ErrorAnswer.read(answer.status, answer.data)
            raise refused.to_error(api=_API, explanations=explanations)
        try:
            found = json_text.parse(answer.data)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise Unavailable("Google's keys could not be read", reason="BAD_ANSWER", api=_API)
        return found
