"""IAP's public keys: cached, refreshed hourly, and kept when Google cannot be reached."""

import logging
import threading
import time
from collections.abc import Callable

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from urllib3.exceptions import HTTPError

from googlecloud import json_text
from googlecloud.addresses import require_safe
from googlecloud.config import CloudConfig
from googlecloud.errors import Unavailable
from googlecloud.failures import connection_failure
from googlecloud.transport import Pool

GOOGLE_KEYS_URL = "https://www.gstatic.com/iap/verify/public_key"
_TIMEOUT = 5.0
_FRESH = 3600.0
_UNKNOWN_KEY_PAUSE = 60.0
_NO_KEYS_PAUSE = 5.0
_OK = 200
_API = "iap.keys"
_logger = logging.getLogger(__name__)

Key = ec.EllipticCurvePublicKey


class KeysUnavailable(Unavailable):
    """No key has been fetched yet, so assertions can be neither accepted nor rejected."""


class IapKeys:
    """The keys by id; safe to share between threads. `config` says through which proxy they are fetched.

    :raises ValueError: when `url` is neither https nor on this machine.
    """

    def __init__(
        self,
        url: str = GOOGLE_KEYS_URL,
        *,
        config: CloudConfig | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        require_safe(url)
        self._url = url
        self._pool = Pool((config or CloudConfig()).impatient(_TIMEOUT))
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: dict[str, Key] = {}
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")

    def get(self, key_id: str) -> Key | None:
        """Return the key; refresh Google's list first when the key is unknown or the list is old.

        :raises KeysUnavailable: when no keys are available at all.
        """
        key = self._keys.get(key_id)
        if key is not None and self._clock() - self._fetched_at < _FRESH:
            return key
        # A thread whose key is known does not wait for the thread that refreshes the list.
        if self._lock.acquire(blocking=key is None):
            try:
                self._refresh_if_due(key_id)
            finally:
                self._lock.release()
        if not self._keys:
            raise KeysUnavailable("IAP's keys could not be fetched", reason="NO_KEYS", api=_API)
        return self._keys.get(key_id)

    def _refresh_if_due(self, key_id: str) -> None:
        now = self._clock()
        is_fresh = now - self._fetched_at < _FRESH
        pause = _UNKNOWN_KEY_PAUSE if self._keys else _NO_KEYS_PAUSE
        if (is_fresh and key_id in self._keys) or now - self._tried_at < pause:
            return
        self._tried_at = now
        try:
            self._keys = self._fetch()
            self._fetched_at = now
        except Unavailable as error:
            _logger.warning("IAP's keys could not be fetched: %s", error)

    def _fetch(self) -> dict[str, Key]:
        try:
            answer = self._pool.request(
                "GET", self._url, headers={"accept": "application/json"}, timeout=_TIMEOUT
            )
        except HTTPError as error:
            raise connection_failure(error, api=_API) from None
        if answer.status != _OK:
            raise Unavailable(f"HTTP {answer.status}", status=answer.status, api=_API)
        keys = _read(answer.data)
        if not keys:
            raise Unavailable("no usable key in the answer", reason="BAD_ANSWER", api=_API)
        return keys


def _read(document: bytes) -> dict[str, Key]:
    try:
        entries = json_text.parse(document)
    except ValueError:
        return {}
    if not isinstance(entries, dict):
        return {}
    keys = {key_id: _key(pem) for key_id, pem in entries.items()}
    return {key_id: key for key_id, key in keys.items() if key is not None}


def _key(pem: object) -> Key | None:
    try:
        key = load_pem_public_key(str(pem).encode())
    except (ValueError, UnsupportedAlgorithm):
        return None
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    return None
