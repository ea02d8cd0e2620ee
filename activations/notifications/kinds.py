"""The kinds of notifications. The values of the first three are the original's type names."""

from __future__ import annotations

from enum import StrEnum


class Announcement(StrEnum):
    """About requests and access."""

    SELF_APPROVED = "ActivationSelfApproved"
    REQUESTED = "RequestActivation"
    APPROVED = "ActivationApproved"
    DECLINED = "RequestDeclined"
    WITHDRAWN = "RequestWithdrawn"
    EXPIRED = "RequestExpired"
    ENDED = "AccessEnded"
    FAILED = "ActivationFailed"
    SCHEDULED = "AccessScheduled"
    APPROVAL_RECORDED = "ApprovalRecorded"
    REMINDED = "RequestReminder"
    ESCALATED = "RequestEscalated"
    BREAK_GLASS_USED = "BreakGlassUsed"
    AFTER_REVIEW_DUE = "AfterReviewDue"
    ENDING_SOON = "EndingSoon"


class ReviewAnnouncement(StrEnum):
    """About access reviews, which belong to no request."""

    OPENED = "AccessReviewOpened"
    REMINDED = "AccessReviewReminder"
    OVERDUE = "AccessReviewOverdue"
