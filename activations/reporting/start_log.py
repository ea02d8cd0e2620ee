"""Entries of the audit log about access that starts later, all with the label `scheduled`."""

from __future__ import annotations

from collections.abc import Sequence

from activations.evidence.recording import activation_event, event_of
from activations.models import Grant, Request
from activations.reporting.audit_log import (
    RESOURCE,
    causes,
    instant,
    logger,
    request_labels,
    reviewer_labels,
    role_labels,
)
from activations.reporting.error_names import error_name


def scheduled(request: Request, grants: Sequence[Grant], *, by: str) -> None:
    """Log one entry per role that starts later."""
    for grant in grants:
        logger.info(
            "User %s scheduled role '%s' on '%s%s' for %s for %s minutes from %s",
            by,
            grant.role,
            RESOURCE,
            grant.project_id,
            grant.beneficiary_email,
            request.minutes,
            instant(grant.start_time),
            extra={
                "event": "api.scheduleRole",
                "labels": _labels(request, grants, grant) | event_of(grant),
            },
        )


def started(request: Request, grants: Sequence[Grant]) -> None:
    """Log one entry per role whose scheduled start was carried out."""
    for grant in grants:
        logger.info(
            "Scheduled role '%s' on '%s%s' started for %s for %s minutes",
            grant.role,
            RESOURCE,
            grant.project_id,
            grant.beneficiary_email,
            request.minutes,
            extra={
                "event": "api.activateRole",
                "labels": _labels(request, grants, grant) | activation_event(grant),
            },
        )


def start_failed(request: Request, grants: Sequence[Grant], *, error: Exception) -> None:
    for grant in grants:
        logger.error(
            "Scheduled role '%s' on '%s%s' did not start for %s: %s",
            grant.role,
            RESOURCE,
            grant.project_id,
            grant.beneficiary_email,
            causes(error),
            extra={
                "event": "api.activateRole",
                "labels": _labels(request, grants, grant)
                | {"error": error_name(error)}
                | event_of(grant),
            },
        )


def start_withdrawn(grant: Grant, *, by: str) -> None:
    logger.info(
        "User %s withdrew the scheduled role '%s' on '%s%s' of %s",
        by,
        grant.role,
        RESOURCE,
        grant.project_id,
        grant.beneficiary_email,
        extra={
            "event": "api.withdrawRequest",
            "labels": _labels(grant.request, [grant], grant)
            | {"reason": grant.end_reason}
            | event_of(grant),
        },
    )


def _labels(request: Request, grants: Sequence[Grant], of: Grant) -> dict[str, str]:
    return (
        request_labels(request, grants)
        | role_labels(of.project_role)
        | (reviewer_labels(request) if request.needs_approval else {})
        | {"scheduled": "true"}
    )
