"""Google's certificates for identity tokens, kept for as long as Google's answer says."""

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from google.auth import exceptions as auth_errors
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from googlecloud import json_text
from googlecloud.failures import connection_failure
from googlecloud.transport import Pool

_MAX_AGE = re.compile(r"\bmax-age=(\d{1,9})\b")
# Google publishes new keys days before it uses them, and says six hours.
_SHORTEST, _USUAL, _LONGEST = 60.0, 3600.0, 86_400.0
# A key that is not known, and a failure, cause at most one fetch within this time.
_PAUSE = 60.0
_PAUSE_WITHOUT_ANY = 5.0
_OK = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in the form that google-auth expects."""

    status: int
    data: bytes


class Certificates:
    """The transport that google-auth asks for the certificates; answers from memory where it can."""

    def __init__(
        self, url: str, pool: Pool, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = url
        self._pool = pool
        self._clock = clock
        self._lock = threading.Lock()
        self._kept = b""
        self._fresh_until = float("-inf")
        self._tried_at = float("-inf")

    def __call__(self, url: str, method: str = "GET", **_ignored: object) -> Answer:
        """Return the certificates. After a failed renewal, return those that were read before.

        :raises google.auth.exceptions.TransportError: when there are none.
        """
        if self._clock() >= self._fresh_until:
            self._renew()
        if not self._kept:
            raise auth_errors.TransportError("they were not read")
        return Answer(_OK, self._kept)

    def renew_for(self, key_id: object) -> None:
        """Fetch again if this key is not known and the last fetch is a minute ago.

        Tokens that name invented keys therefore do not cause a fetch each.
        """
        if not self._knows(key_id):
            self._renew()

    def _knows(self, key_id: object) -> bool:
        return (
            isinstance(key_id, str) and bool(self._kept) and key_id in json_text.parse(self._kept)
        )

    def _renew(self) -> None:
        with self._lock:
            now = self._clock()
            if now - self._tried_at < (_PAUSE if self._kept else _PAUSE_WITHOUT_ANY):
                return
            self._tried_at = now
            answer = self._fetched()
            if answer is not None and _is_object(answer.data):
                self._kept = answer.data
                self._fresh_until = now + _max_age(answer.headers.get("Cache-Control", ""))

    def _fetched(self) -> BaseHTTPResponse | None:
        try:
            answer = self._pool.request("GET", self._url)
        except HTTPError as error:
            if self._kept:
                return None
            raise auth_errors.TransportError(connection_failure(error, api="oidc")) from None
        return answer if answer.status == _OK else None


def _is_object(data: bytes) -> bool:
    try:
        return isinstance(json_text.parse(data), dict)
    except ValueError:
        return False


def _max_age(header: str) -> float:
    found = _MAX_AGE.search(header)
    return min(max(float(found[1]), _SHORTEST), _LONGEST) if found else _USUAL
