"""Log entries about stages of approval, with the labels of other entries about requests."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from activations.evidence.recording import event_of
from activations.models import Request
from activations.reporting.audit_log import pending_labels

logger = logging.getLogger("jitaccess.audit")


def reminded(request: Request, told: Sequence[str]) -> None:
    """Log that the reviewers of the open stage were reminded."""
    _log(request, "%s reviewers were reminded of the request of %s for '%s'", told, "remindRequest")


def escalated(request: Request, told: Sequence[str]) -> None:
    """Log that more people may approve the open stage."""
    _log(
        request,
        "%s people were told that the request of %s for '%s' was escalated",
        told,
        "escalateRequest",
    )


def _log(request: Request, words: str, told: Sequence[str], event: str) -> None:
    labels = {"stage": str(request.stage), "rule": request.rule, "reviewers": ", ".join(told)}
    logger.info(
        words,
        len(told),
        request.beneficiary_email,
        request.project_role.text,
        extra={
            "event": f"api.{event}",
            "labels": pending_labels(request) | labels | event_of(request),
        },
    )
