"""Who was asked to review a request, and the review."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from activations.domain.states import Decision, ReviewerPart
from activations.models.request import Request
from activations.models.user import User


class Reviewer(models.Model):
    """A reviewer who was asked by address; `user` is set when the person is first seen.

    For a rule with stages, everybody who may approve in a stage is asked when it opens, and some are notified.
    """

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="reviewers")
    email = models.CharField("reviewer", max_length=254)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="asked_to_review",
    )
    part = models.CharField(max_length=8, choices=[(p.value, p.value) for p in ReviewerPart])
    asked_at = models.DateTimeField()
    stage = models.PositiveSmallIntegerField(default=1, db_default=1)
    is_notified = models.BooleanField(default=True, db_default=True)

    class Meta:
        indexes = [models.Index(name="reviewer_asked", fields=["email", "-asked_at"])]
        constraints = [
            models.UniqueConstraint(
                name="reviewer_asked_once", fields=["request", "email", "stage"]
            ),
            models.CheckConstraint(
                name="reviewer_part_known", condition=Q(part__in=[p.value for p in ReviewerPart])
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def is_(self, user: User) -> bool:
        """Whether this is that person: by account, or by address while the account is unknown."""
        return self.user_id == user.pk or (self.user_id is None and self.email == user.email)


class Review(models.Model):
    """The decision of one person on a request; a second one violates the unique constraint.

    Without stages, the first decision is the only one.
    """

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviews"
    )
    reviewer_email = models.CharField("reviewer", max_length=254)
    part = models.CharField(max_length=8, choices=[(p.value, p.value) for p in ReviewerPart])
    decision = models.CharField(max_length=8, choices=[(d.value, d.value) for d in Decision])
    comment = models.CharField(max_length=1000, blank=True)
    decided_at = models.DateTimeField()
    stage = models.PositiveSmallIntegerField(default=1, db_default=1)
    # The duration that this person approved; empty for what was asked.
    minutes = models.PositiveIntegerField(null=True, blank=True)
    # The reviewer whose deputy this person was; empty when they decided for themselves.
    on_behalf_of = models.CharField(max_length=254, blank=True, default="", db_default="")
    # When the approval stopped counting, because the person may no longer approve.
    void_at = models.DateTimeField(null=True, blank=True)
    channel = models.CharField(max_length=10)
    address = models.CharField("address of origin", max_length=64, blank=True)
    device_id = models.CharField(max_length=255, blank=True)

    objects: ClassVar[models.Manager[Review]] = models.Manager()

    class Meta:
        indexes = [
            models.Index(name="review_by_reviewer", fields=["reviewer_email", "-decided_at"])
        ]
        constraints = [
            models.UniqueConstraint(name="review_once_per_person", fields=["request", "reviewer"]),
            models.CheckConstraint(
                name="review_decision_known", condition=Q(decision__in=[d.value for d in Decision])
            ),
            models.CheckConstraint(
                name="review_decline_has_comment",
                condition=~Q(decision=Decision.DECLINED.value) | ~Q(comment=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decision} by {self.given_by}"

    @property
    def given_by(self) -> str:
        """Who decided, and for whom: `dan@example.com for bob@example.com`."""
        absent = f" for {self.on_behalf_of}" if self.on_behalf_of else ""
        return f"{self.reviewer_email}{absent}"
