"""The review of break-glass access after it was granted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from activations.domain.states import AfterReviewState
from activations.models.request import Request

# People are told about an overdue review at most this often.
TOLD_EVERY = timedelta(days=1)


class AfterReviewQuerySet(models.QuerySet["AfterReview"]):
    """Chainable conditions on after-reviews."""

    def open(self) -> AfterReviewQuerySet:
        return self.filter(state=AfterReviewState.OPEN)

    def overdue(self, now: datetime) -> AfterReviewQuerySet:
        """After-reviews that nobody completed in time."""
        return self.open().filter(due_at__lte=now)

    def to_be_told(self, now: datetime) -> AfterReviewQuerySet:
        """Overdue after-reviews about which nobody was told for a day."""
        return self.overdue(now).filter(Q(told_at=None) | Q(told_at__lte=now - TOLD_EVERY))


class AfterReview(models.Model):
    """Whether one use of break glass was justified; opened when its first grant becomes active.

    `asked` has the addresses of those who could judge it then, in lower case. `told_at` is when they were
    last told that it is overdue.
    """

    request = models.OneToOneField(
        Request, on_delete=models.PROTECT, related_name="opened_after_review"
    )
    state = models.CharField(
        max_length=13,
        choices=[(state.value, state.value) for state in AfterReviewState],
        default=AfterReviewState.OPEN,
    )
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    asked = models.JSONField(default=list)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="after_reviews",
    )
    reviewer_email = models.CharField("reviewer", max_length=254, blank=True)
    comment = models.CharField(max_length=1000, blank=True)
    judged_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[AfterReviewQuerySet] = AfterReviewQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "after-review"
        verbose_name_plural = "after-reviews"
        indexes = [
            models.Index(name="after_review_newest", fields=["-opened_at", "-id"]),
            models.Index(
                name="after_review_due",
                fields=["due_at"],
                condition=Q(state=AfterReviewState.OPEN.value),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="after_review_state_known",
                condition=Q(state__in=[state.value for state in AfterReviewState]),
            ),
            models.CheckConstraint(
                name="after_review_judged_by_somebody",
                condition=Q(
                    state=AfterReviewState.OPEN.value,
                    reviewer=None,
                    reviewer_email="",
                    comment="",
                    judged_at=None,
                )
                | ~Q(state=AfterReviewState.OPEN.value)
                & Q(reviewer__isnull=False, judged_at__isnull=False)
                & ~Q(reviewer_email="")
                & ~Q(comment=""),
            ),
        ]

    def __str__(self) -> str:
        return f"After-review of {self.request}"

    def is_overdue(self, now: datetime) -> bool:
        return self.state == AfterReviewState.OPEN and self.due_at <= now
