"""Identity tokens that Google signs for service accounts, such as Cloud Scheduler's."""

import base64
import time
from collections.abc import Callable, Mapping
from typing import Any

from google.auth import exceptions as auth_errors
from google.auth import jwt
from google.oauth2 import id_token

from googlecloud import json_text
from googlecloud.certificates import Certificates
from googlecloud.config import CloudConfig
from googlecloud.errors import Unavailable
from googlecloud.transport import Pool

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
    """

    def __init__(
        self,
        *,
        service_account: str,
        config: CloudConfig,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._address = f"{config.endpoint_of('www') or CERTIFICATES}{_PATH}"
        self._service_account = service_account.lower()
        pool = Pool(config.impatient(_TIMEOUT))
        self._certificates = Certificates(self._address, pool, clock=clock)

    def verify(self, token: str, *, audience: str) -> Mapping[str, Any]:
        """Return the claims of a token that is valid now.

        :raises WrongAudience: when only its audience is another one.
        :raises InvalidIdToken: when it is not valid.
        :raises Unavailable: when Google's keys cannot be fetched.
        """
        try:
            claims = self._genuine(token)
        except auth_errors.TransportError as error:
            raise Unavailable(f"Google's keys could not be fetched: {error}", api="oidc") from None
        # For malformed tokens, google-auth's decoder also raises these built-in errors.
        except (auth_errors.GoogleAuthError, ValueError, TypeError, KeyError) as error:
            raise InvalidIdToken(type(error).__name__) from None
        return self._checked(claims, audience)

    def _genuine(self, token: str) -> Mapping[str, Any]:
        """Return the claims; fetch the certificates again if the token names a key that they lack."""
        self._certificates(self._address)
        _require_parsable(token)
        self._certificates.renew_for(jwt.decode_header(token).get("kid"))
        claims: Mapping[str, Any] = id_token.verify_token(
            token,
            self._certificates,
            audience=None,  # checked by the caller, because the error must name it
            certs_url=self._address,
            clock_skew_in_seconds=_SKEW,
        )
        return claims

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


def _require_parsable(token: str) -> None:
    """Refuse a token before google-auth parses it, when its JSON is nested too deeply."""
    for part in token.split(".")[:2]:
        if json_text.is_too_deep(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))):
            raise InvalidIdToken("nested too deeply")
