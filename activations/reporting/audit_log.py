"""Log entries with the events, labels and messages of the original, which log filters depend on."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from activations.database_faults import available
from activations.domain.request_details import RequestDetails
from activations.evidence.recording import activation_event, event_of
from activations.models import Grant, Request
from activations.reporting.error_names import error_name
from eligibility.entitlements import ProjectRole

logger = logging.getLogger("jitaccess.audit")

RESOURCE = "//cloudresourcemanager.googleapis.com/projects/"


def self_activated(request: Request, grants: Sequence[Grant]) -> None:
    """Log one entry per activated role."""
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
                "labels": request_labels(request, grants)
                | role_labels(grant.project_role)
                | activation_event(grant),
            },
        )


@dataclass(frozen=True, slots=True)
class Attempt:
    """A self-activation that may fail. The id is empty until a request is recorded."""

    email: str
    project_id: str
    roles: Sequence[ProjectRole]
    details: RequestDetails
    start: datetime
    activation_id: str = ""
    request: Request | None = None

    @property
    def labels(self) -> dict[str, str]:
        named = {"activation_id": self.activation_id} if self.activation_id else {}
        return (
            named
            | (event_of(self.request) if self.request else {})
            | {
                "project": self.project_id,
                "activation_start": instant(self.start),
                "activation_end": instant(self.start + self.details.duration),
                "entitlements": ", ".join(role.text for role in self.roles),
            }
            | self.details.log_labels()
        )


def self_activation_failed(attempt: Attempt, *, error: Exception) -> None:
    logger.error(
        "User %s failed to activate %s for themselves for %s minutes: %s",
        attempt.email,
        ", ".join(f"'{role.text}'" for role in attempt.roles),
        attempt.details.minutes,
        causes(error),
        extra={
            "event": "api.activateRole",
            "labels": attempt.labels | {"error": error_name(error)},
        },
    )


def approval_requested(request: Request, reviewers: Sequence[str]) -> None:
    logger.info(
        "User %s requested '%s' for %s minutes",
        request.beneficiary_email,
        request.project_role.text,
        request.minutes,
        extra={
            "event": "api.requestRole",
            "labels": pending_labels(request)
            | {"reviewers": ", ".join(reviewers)}
            | event_of(request),
        },
    )


def approval_request_failed(
    *, email: str, role: ProjectRole, details: RequestDetails, error: Exception
) -> None:
    logger.error(
        "User %s failed to request '%s' for %s minutes: %s",
        email,
        role.text,
        details.minutes,
        causes(error),
        extra={
            "event": "api.requestRole",
            "labels": role_labels(role) | details.log_labels() | {"error": error_name(error)},
        },
    )


def approved(request: Request, grant: Grant, *, by: str) -> None:
    logger.info(
        "User %s approved role '%s' on '%s%s' for %s for %s minutes",
        by,
        grant.role,
        RESOURCE,
        grant.project_id,
        request.beneficiary_email,
        request.minutes_at_most,
        extra={
            "event": "api.activateRole",
            "labels": request_labels(request, [grant])
            | role_labels(grant.project_role)
            | reviewer_labels(request)
            | activation_event(grant),
        },
    )


def approval_failed(request: Request, *, by: str, error: Exception) -> None:
    logger.error(
        "User %s failed to activate '%s' for %s: %s",
        by,
        request.project_role.text,
        request.beneficiary_email,
        causes(error),
        extra={
            "event": "api.activateRole",
            "labels": pending_labels(request)
            | reviewer_labels(request)
            | {"error": error_name(error)}
            | event_of(request),
        },
    )


def ended(grant: Grant, *, by: str) -> None:
    logger.info(
        "User %s ended role '%s' on '%s%s' for %s",
        by,
        grant.role,
        RESOURCE,
        grant.project_id,
        grant.beneficiary_email,
        extra={
            "event": "api.endAccess",
            "labels": role_labels(grant.project_role)
            | {"activation_id": grant.request.activation_id, "reason": grant.end_reason}
            | event_of(grant),
        },
    )


def end_failed(grant: Grant, *, by: str, error: Exception) -> None:
    logger.error(
        "User %s failed to end role '%s' on '%s%s' for %s: %s",
        by,
        grant.role,
        RESOURCE,
        grant.project_id,
        grant.beneficiary_email,
        causes(error),
        extra={
            "event": "api.endAccess",
            "labels": role_labels(grant.project_role)
            | {"activation_id": grant.request.activation_id, "error": error_name(error)}
            | event_of(grant),
        },
    )


def person_stopped(*, email: str, by: str, reason: str, results: Sequence[str]) -> None:
    logger.info(
        "User %s stopped the access of %s",
        by,
        email,
        extra={
            "event": "api.stopPerson",
            "labels": {"person": email, "reason": reason, "results": "; ".join(results)},
        },
    )


def person_resumed(*, email: str, by: str, reason: str) -> None:
    logger.info(
        "User %s lifted the stop of %s",
        by,
        email,
        extra={"event": "api.resumePerson", "labels": {"person": email, "reason": reason}},
    )


def request_ended(request: Request, *, event: str, by: str) -> None:
    """Log that a request was declined, withdrawn or expired."""
    logger.info(
        "Request of %s for '%s' was %s%s",
        request.beneficiary_email,
        request.project_role.text,
        request.state,
        f" by {by}" if by else "",
        extra={"event": event, "labels": pending_labels(request) | event_of(request)},
    )


def peers_failed(*, role: ProjectRole, error: Exception) -> None:
    logger.error(
        "Listing peers failed: %s",
        causes(error),
        extra={
            "event": "api.listPeers",
            "labels": role_labels(role) | {"error": error_name(error)},
        },
    )


def viewing_failed(error: Exception) -> None:
    logger.error(
        "Accessing the activation request failed: %s",
        causes(error),
        extra={
            "event": "api.getActivationRequest",
            "labels": {"error": error_name(error)},
        },
    )


def listing_failed(*, what: str, event: str, error: Exception, project_id: str = "") -> None:
    """Log that a list could not be read."""
    labels = {"error": error_name(error)} | ({"project": project_id} if project_id else {})
    logger.error(
        "Listing %s failed: %s", what, causes(error), extra={"event": event, "labels": labels}
    )


def projects_listed(count: int) -> None:
    logger.info("Found %s available projects", count, extra={"event": "api.listProjects"})


def causes(error: BaseException) -> str:
    """Return the messages of an error and of its causes."""
    text, cause = str(error) or type(error).__name__, error.__cause__
    while cause is not None:
        text += f", caused by {type(cause).__name__}" + (f": {cause}" if str(cause) else "")
        cause = cause.__cause__
    return text


def request_labels(request: Request, grants: Sequence[Grant]) -> dict[str, str]:
    return {
        "activation_id": request.activation_id,
        "activation_start": instant(min(grant.start_time for grant in grants)),
        "activation_end": instant(max(grant.end_time for grant in grants)),
        "entitlements": ", ".join(grant.project_role.text for grant in grants),
    } | request.details.log_labels()


def pending_labels(request: Request) -> dict[str, str]:
    """Return the labels of a request whose access has not started."""
    return (
        {
            "activation_id": request.activation_id,
            "entitlements": request.project_role.text,
        }
        | request.details.log_labels()
        | role_labels(request.project_role)
    )


def reviewer_labels(request: Request) -> dict[str, str]:
    unknown: list[str] = []  # in an outage
    emails = available(lambda: sorted(each.email for each in request.reviewers.all()), unknown)
    return {"reviewers": ", ".join(emails)}


def role_labels(role: ProjectRole) -> dict[str, str]:
    return {
        "project": role.project_id,
        "project_id": role.project_id,
        "role": role.role,
        "resource": f"{RESOURCE}{role.project_id}",
    }


def instant(moment: datetime) -> str:
    """Format an ISO 8601 time. Omits seconds that are zero, as Java does in the original."""
    utc = moment.astimezone(UTC)
    return utc.strftime("%Y-%m-%dT%H:%MZ" if utc.second == 0 else "%Y-%m-%dT%H:%M:%SZ")
