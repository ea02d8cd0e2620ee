"""Log entries that people's filters depend on: names, labels and messages as in compat-spec h."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from activations.models import Grant, Request

logger = logging.getLogger("jitaccess.audit")

RESOURCE = "//cloudresourcemanager.googleapis.com/projects/"


def self_activated(request: Request, grants: Sequence[Grant]) -> None:
    """One entry per activated role."""
    for grant in grants:
        logger.info(
            "User %s activated role '%s' on '%s%s' for themselves for %s minutes",
            request.beneficiary_email,
            grant.role,
            RESOURCE,
            grant.project_id,
            request.minutes,
            extra={
                "event": "api.activateRole",
                "labels": _request_labels(request, grants) | _role_labels(grant),
            },
        )


def self_activation_failed(
    *, email: str, project_id: str, roles: Sequence[str], minutes: int, error: Exception
) -> None:
    logger.error(
        "User %s failed to activate %s for themselves for %s minutes: %s",
        email,
        ", ".join(f"'{role}'" for role in roles),
        minutes,
        causes(error),
        extra={
            "event": "api.activateRole",
            "labels": {"project": project_id, "error": type(error).__name__}
            | {"entitlements": ", ".join(roles)},
        },
    )


def listing_failed(*, what: str, event: str, error: Exception, project_id: str = "") -> None:
    """A list could not be read."""
    labels = {"error": type(error).__name__} | ({"project": project_id} if project_id else {})
    logger.error(
        "Listing %s failed: %s", what, causes(error), extra={"event": event, "labels": labels}
    )


def projects_listed(count: int) -> None:
    logger.info("Found %s available projects", count, extra={"event": "api.listProjects"})


def causes(error: BaseException) -> str:
    """The message of an error and of what caused it."""
    text, cause = str(error) or type(error).__name__, error.__cause__
    while cause is not None:
        text += f", caused by {type(cause).__name__}" + (f": {cause}" if str(cause) else "")
        cause = cause.__cause__
    return text


def _request_labels(request: Request, grants: Sequence[Grant]) -> dict[str, str]:
    return {
        "activation_id": request.activation_id,
        "activation_start": _instant(min(grant.start_time for grant in grants)),
        "activation_end": _instant(max(grant.end_time for grant in grants)),
        "justification": request.justification,
        "entitlements": ", ".join(grant.project_role.text for grant in grants),
    }


def _role_labels(grant: Grant) -> dict[str, str]:
    return {
        "project": grant.project_id,
        "project_id": grant.project_id,
        "role": grant.role,
        "resource": f"{RESOURCE}{grant.project_id}",
    }


def _instant(moment: datetime) -> str:
    """ISO time; the seconds are left out when they are zero, as the original's Java prints it."""
    utc = moment.astimezone(UTC)
    return utc.strftime("%Y-%m-%dT%H:%MZ" if utc.second == 0 else "%Y-%m-%dT%H:%M:%SZ")
