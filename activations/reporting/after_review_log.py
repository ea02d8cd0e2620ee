"""Log entries about the reviews of break-glass access."""

from __future__ import annotations

from activations.evidence.recording import event_of
from activations.models import AfterReview, Request
from activations.reporting.audit_log import RESOURCE, logger


def judged(request: Request, review: AfterReview) -> None:
    logger.info(
        "User %s judged the break-glass access of %s on '%s%s' as %s",
        review.reviewer_email,
        request.beneficiary_email,
        RESOURCE,
        request.project_id,
        review.state,
        extra={
            "event": "api.judgeAfterReview",
            "labels": {
                "activation_id": request.activation_id,
                "project": request.project_id,
                "verdict": review.state,
            }
            | event_of(request),
        },
    )
