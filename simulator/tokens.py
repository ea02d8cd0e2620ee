"""Access tokens that this cloud issued, with their principals and scopes."""

import secrets
import threading
import time
from dataclasses import dataclass

CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"


@dataclass(frozen=True, slots=True)
class Token:
    """One access token."""

    principal: str
    scopes: frozenset[str]
    expires: float


class Tokens:
    """Issues and recognises access tokens."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens: dict[str, Token] = {}

    def issue(self, principal: str, scopes: frozenset[str], lifetime: float) -> str:
        """A new bearer token."""
        text = f"ya29.{secrets.token_urlsafe(24)}"
        with self._lock:
            self._tokens[text] = Token(principal, scopes, time.time() + lifetime)
        return text

    def recognise(self, text: str) -> Token | None:
        """Return the token, unless it is unknown or expired."""
        with self._lock:
            token = self._tokens.get(text)
        return token if token and token.expires > time.time() else None

    def revoke_all(self) -> None:
        """Revoke every token issued so far."""
        with self._lock:
            self._tokens.clear()
