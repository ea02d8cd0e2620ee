"""Identity tokens that Google signs for service accounts, such as Cloud Scheduler's."""

import time
from collections.abc import Mapping
from typing import Any

import urllib3
from google.auth import exceptions as auth_errors
from google.auth.transport import urllib3 as auth_transport
from google.oauth2 import id_token

from googlecloud.addresses import require_safe
from googlecloud.errors import Unavailable

CERTIFICATES = "https://www.googleapis.com"
_PATH = "/oauth2/v1/certs"
_ISSUERS = frozenset({"https://accounts.google.com", "accounts.google.com"})
_TIMEOUT = 5.0
_SKEW = 30


class InvalidIdToken(Exception):
    """Google did not sign this token for this service account and audience."""


class WrongAudience(InvalidIdToken):
    """Google signed this token for this service account, for another audience."""

    def __init__(self, came: str, wanted: str) -> None:
        super().__init__(f"the audience is {came!r}, not {wanted!r}")
        self.came = came
        self.wanted = wanted


class OidcVerifier:
    """Accepts tokens of one service account.

    The account must be checked: anybody can have Google sign a token for this audience.

    :raises ValueError: when the address of the keys is neither https nor on this machine.
    """

    def __init__(self, *, service_account: str, endpoint: str | None = None) -> None:
        base = endpoint or CERTIFICATES
        require_safe(base)
        self._certificates = f"{base.rstrip('/')}{_PATH}"
        self._service_account = service_account.lower()
        pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=_TIMEOUT, read=_TIMEOUT), retries=False
        )
        self._request = auth_transport.Request(pool)

    def verify(self, token: str, *, audience: str) -> Mapping[str, Any]:
        """Return the claims of a token that is valid now.

        :raises WrongAudience: when only its audience is another one.
        :raises InvalidIdToken: when it is not valid.
        :raises Unavailable: when Google's keys cannot be fetched.
        """
        try:
            claims = id_token.verify_token(
                token,
                self._request,
                audience=None,  # checked below, because the error must name it
                certs_url=self._certificates,
                clock_skew_in_seconds=_SKEW,
            )
        except auth_errors.TransportError as error:
            raise Unavailable(f"Google's keys could not be fetched: {error}", api="oidc") from None
        # For malformed tokens, google-auth's decoder also raises these built-in errors.
        except (auth_errors.GoogleAuthError, ValueError, TypeError, KeyError) as error:
            raise InvalidIdToken(type(error).__name__) from None
        return self._checked(claims, audience)

    def _checked(self, claims: Mapping[str, Any], audience: str) -> Mapping[str, Any]:
        if claims.get("iss") not in _ISSUERS:
            raise InvalidIdToken("wrong issuer")
        if str(claims.get("email", "")).lower() != self._service_account:
            raise InvalidIdToken("another account")
        if claims.get("email_verified") is not True:
            raise InvalidIdToken("unverified address")
        if float(claims.get("exp", 0)) - time.time() > 2 * 3600:
            raise InvalidIdToken("lives too long")
        if claims.get("aud") != audience:
            raise WrongAudience(str(claims.get("aud"))[:500], audience)
        return claims
