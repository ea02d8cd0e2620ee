"""Verifies IAP's assertion against the keys and audiences of this deployment."""

from __future__ import annotations

import threading
from datetime import datetime

from django.conf import settings

from eligibility import providers
from googlecloud.iap import IapClaims, IapKeys, IapVerifier
from googlecloud.metadata import Metadata
from jitaccess.errors import NoAudience
from jitaccess.runtime import Platform
from jitaccess.tracing import remember_project_id

HEADER = "X-Goog-IAP-JWT-Assertion"
_verifiers: dict[tuple[str, tuple[str, ...]], IapVerifier] = {}
_building = threading.Lock()


def expected_audiences(metadata: Metadata | None = None) -> tuple[str, ...]:
    """Return the audiences that IAP's assertions may have here.

    :raises googlecloud.errors.GoogleCloudError: when the metadata server does not answer.
    :raises NoAudience: when neither the platform nor the settings determine it.
    """
    if settings.IAP_AUDIENCE:
        return tuple(settings.IAP_AUDIENCE)
    return (_derived_audience(metadata or providers.metadata()),)


def _derived_audience(metadata: Metadata) -> str:
    number = metadata.project_number
    remember_project_id(metadata.project_id)
    if settings.PLATFORM is Platform.APP_ENGINE:
        return f"/projects/{number}/apps/{metadata.project_id}"
    if settings.IAP_BACKEND_SERVICE_ID:
        return f"/projects/{number}/global/backendServices/{settings.IAP_BACKEND_SERVICE_ID}"
    if settings.PLATFORM is Platform.CLOUD_RUN and settings.K_SERVICE:
        return f"/projects/{number}/locations/{metadata.region}/services/{settings.K_SERVICE}"
    raise NoAudience("Set IAP_AUDIENCE to the audience of your IAP resource.")


def verify(token: str, *, now: datetime) -> IapClaims:
    """Return the verified claims of IAP about the caller.

    :raises googlecloud.iap.InvalidAssertion: unless the assertion is current and for this audience.
    :raises googlecloud.errors.GoogleCloudError: when keys or metadata are not available.
    :raises jitaccess.errors.NoAudience: when the configuration does not define our audience.
    """
    return _verifier().verify(token, now)


def _verifier() -> IapVerifier:
    key = (settings.IAP_KEYS_URL, expected_audiences())
    with _building:
        if key not in _verifiers:
            keys = IapKeys(settings.IAP_KEYS_URL, config=providers.cloud_config())
            _verifiers[key] = IapVerifier(keys, key[1])
        return _verifiers[key]


def forget_keys() -> None:
    """Clear the cached keys, for tests that change settings."""
    with _building:
        _verifiers.clear()
