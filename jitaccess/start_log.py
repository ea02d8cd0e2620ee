"""The first log entry: where this instance runs, and as which service account."""

from __future__ import annotations

import logging
from threading import Thread

from django.conf import settings

from eligibility import providers
from googlecloud.errors import GoogleCloudError
from jitaccess.runtime import Platform
from jitaccess.tracing import remember_project_id

logger = logging.getLogger("jitaccess.start")

EVENT = {"event": "runtime.startup"}


def log_where_we_run() -> Thread | None:
    """Query the metadata server in the background, so that it cannot delay the start.

    Message and event are those of the Java application, which stopped when the server did not answer.
    This application keeps running, because `/health/ready` reports the same to the platform.
    """
    if settings.PLATFORM is Platform.MACHINE:
        catalog = settings.RESOURCE_CATALOG.upper()
        logger.info(
            "Running version %s on one machine, using %s catalog",
            settings.RELEASE,
            catalog,
            extra=EVENT,
        )
        return None
    thread = Thread(target=_log_where_we_run, name="start-log", daemon=True)
    thread.start()
    return thread


def _log_where_we_run() -> None:
    try:
        metadata = providers.metadata()
        remember_project_id(metadata.project_id)
        logger.info(
            "Running in project %s (%s) as %s, version %s, using %s catalog",
            metadata.project_id,
            metadata.project_number,
            metadata.service_account_email,
            settings.RELEASE,
            settings.RESOURCE_CATALOG.upper(),
            extra=EVENT,
        )
    except GoogleCloudError as error:
        logger.error("Failed to lookup instance metadata: %s", error, extra=EVENT)  # noqa: TRY400  # the cause is a sentence already
