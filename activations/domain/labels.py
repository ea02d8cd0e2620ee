"""Labels of statuses, end reasons and reviewers' parts, for pages, mails and the admin."""

from __future__ import annotations

from activations.domain.states import AfterReviewState, EndReason, ReviewerPart, Status

STATUSES: dict[Status, str] = {
    Status.ACTIVATION_PENDING: "Waiting for approval",
    Status.SCHEDULED: "Scheduled",
    Status.PROVISIONING: "Being granted",
    Status.ACTIVE: "Active",
    Status.DECLINED: "Declined",
    Status.WITHDRAWN: "Withdrawn",
    Status.EXPIRED: "Expired",
    Status.ENDED: "Ended",
    Status.FAILED: "Failed",
}
END_REASONS: dict[str, str] = {
    EndReason.EXPIRED: "Expired",
    EndReason.HOLDER: "Ended by its holder",
    EndReason.REVOKED: "Revoked by an administrator",
    EndReason.EXTENDED: "Extended by a later request",
    EndReason.WITHDRAWN: "Withdrawn before the start",
    EndReason.DRIFTED: "Binding removed or changed in Google Cloud",
}
# How a mail names what somebody did to access; an expiry sends no mail.
ENDED_AS: dict[str, str] = {EndReason.HOLDER: "ended", EndReason.REVOKED: "revoked"}
PARTS: dict[str, str] = {
    ReviewerPart.PEER: "Peer: eligible for the same role",
    ReviewerPart.APPROVER: "Approver: named by the access policy",
    ReviewerPart.MANAGER: "Manager: designated reviewer",
}
# Of after-reviews; one that is overdue is still open.
AFTER_REVIEW_STATES: dict[str, str] = {
    AfterReviewState.OPEN: "To be reviewed",
    AfterReviewState.JUSTIFIED: "Justified",
    AfterReviewState.NOT_JUSTIFIED: "Not justified",
}
OVERDUE_REVIEW = "Review overdue"
