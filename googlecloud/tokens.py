"""Access tokens: one fetch serves all threads, and they are renewed before they expire."""

import copy
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from google.auth.credentials import TokenState
from google.auth.exceptions import GoogleAuthError

from googlecloud.errors import GoogleCloudError
from googlecloud.token_failures import no_token

_BREATH = 10.0  # seconds to wait after a failed early renewal
_logger = logging.getLogger(__name__)


class Tokens:
    """The bearer tokens of one set of credentials."""

    def __init__(
        self,
        credentials: Callable[[], Any],
        request: Any,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make = credentials
        self._request = request
        self._clock = clock
        self._lock = threading.Lock()
        self._credentials: Any = None
        self._failure: GoogleCloudError | None = None
        self._failed_at = float("-inf")

    def apply(self, headers: dict[str, str]) -> str:
        """Put a valid token into `headers` and return it.

        :raises GoogleCloudError: when no token is available.
        """
        credentials = self._fresh()
        credentials.apply(headers)
        return headers["authorization"]

    def renew(self, *, refused: str) -> None:
        """Replace the token that Google refused, unless another thread has already replaced it.

        :raises GoogleCloudError: when no token is available.
        """
        with self._lock:
            headers: dict[str, str] = {}
            self._credentials.apply(headers)
            if headers["authorization"] == refused:
                self._refresh(self._credentials)

    def _fresh(self) -> Any:
        credentials = self._credentials
        state = TokenState.INVALID if credentials is None else credentials.token_state
        if state is TokenState.INVALID:
            return self._first_flight()
        if state is TokenState.STALE:
            self._renew_early(credentials)
        return credentials

    def _first_flight(self) -> Any:
        """Let one thread fetch; threads that wait share its result, including a failure."""
        asked_at = self._clock()
        with self._lock:
            if self._failure is not None and self._failed_at >= asked_at:
                raise copy.copy(self._failure)
            if self._credentials is None:
                self._credentials = self._credentials_found()
            if self._credentials.token_state is TokenState.INVALID:
                self._refresh(self._credentials)
            return self._credentials

    def _renew_early(self, credentials: Any) -> None:
        """Renew on one thread; the others keep using the old token, which is valid for minutes."""
        if self._clock() - self._failed_at < _BREATH or not self._lock.acquire(blocking=False):
            return
        try:
            if credentials.token_state is TokenState.STALE:
                self._refresh(credentials)
        except GoogleCloudError as error:
            _logger.warning("The access token could not be renewed early: %s", error)
        finally:
            self._lock.release()

    def _credentials_found(self) -> Any:
        try:
            return self._make()
        except (GoogleAuthError, GoogleCloudError) as error:
            failure = self._failed(error)
        raise failure

    def _refresh(self, credentials: Any) -> None:
        try:
            credentials.refresh(self._request)
        except (GoogleAuthError, GoogleCloudError) as error:
            failure = self._failed(error)
        else:
            self._failure = None
            return
        raise failure

    def _failed(self, error: Exception) -> GoogleCloudError:
        self._failure, self._failed_at = no_token(error), self._clock()
        return self._failure
