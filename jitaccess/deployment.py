"""Facts about this deployment that the metadata server knows, requested once."""

from __future__ import annotations

from django.conf import settings

from eligibility import providers
from googlecloud.metadata import Metadata
from jitaccess.platform_facts import remember_project_id
from jitaccess.runtime import Platform


class NoAudience(Exception):
    """The audience of IAP's assertions is not known, so every request is rejected."""


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
