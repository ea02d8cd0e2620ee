"""Verifies IAP's assertion against the keys and audiences of this deployment."""

from __future__ import annotations

import threading
from datetime import datetime

from django.conf import settings

from googlecloud.iap import IapClaims, IapKeys, IapVerifier
from jitaccess.deployment import expected_audiences

HEADER = "X-Goog-IAP-JWT-Assertion"

_verifiers: dict[tuple[str, tuple[str, ...]], IapVerifier] = {}
_building = threading.Lock()


def verify(token: str, *, now: datetime) -> IapClaims:
    """Return the verified claims of IAP about the caller.

    :raises googlecloud.iap.InvalidAssertion: unless the assertion is current and for this audience.
    :raises googlecloud.errors.GoogleCloudError: when keys or metadata are not available.
    :raises jitaccess.deployment.NoAudience: when the configuration does not define our audience.
    """
    return _verifier().verify(token, now)


def _verifier() -> IapVerifier:
    key = (settings.IAP_KEYS_URL, expected_audiences())
    with _building:
        if key not in _verifiers:
            _verifiers[key] = IapVerifier(IapKeys(settings.IAP_KEYS_URL), key[1])
        return _verifiers[key]


def forget_keys() -> None:
    """Clear the cached keys, for tests that change settings."""
    with _building:
        _verifiers.clear()
