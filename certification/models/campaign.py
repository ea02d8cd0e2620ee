"""A campaign of access reviews, and the people who review in it."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class CampaignState(models.TextChoices):
    """DRAFT → OPEN → CLOSED."""

    DRAFT = "draft", "draft"
    OPEN = "open", "open"
    CLOSED = "closed", "closed"


class CampaignQuerySet(models.QuerySet["Campaign"]):
    """Chainable conditions on campaigns."""

    def open(self) -> CampaignQuerySet:
        return self.filter(state=CampaignState.OPEN)


class Campaign(models.Model):
    """Which part of the eligibility index is reviewed, until when, and how far it is.

    Empty filters match everything. `snapshot` identifies the attempt that wrote the items; `indexed_at`
    is the age of the index that they come from. `reminded_at` and `overdue_at` are set once, by the job.
    """

    name = models.CharField(max_length=100)
    state = models.CharField(
        max_length=6, choices=CampaignState.choices, default=CampaignState.DRAFT
    )
    project = models.CharField(max_length=128, blank=True)
    role = models.CharField(max_length=255, blank=True)
    member = models.CharField(max_length=400, blank=True)
    activation_type = models.CharField(max_length=3, blank=True)
    due_at = models.DateTimeField()
    base_url = models.CharField(max_length=300)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=254, blank=True)
    snapshot = models.UUIDField(null=True, blank=True)
    indexed_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    overdue_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Campaign]] = CampaignQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(name="campaign_by_state", fields=["state", "due_at"])]
        constraints = [
            models.CheckConstraint(
                name="campaign_state_is_known", condition=Q(state__in=CampaignState.values)
            ),
            models.CheckConstraint(
                name="campaign_type_is_known", condition=Q(activation_type__in=["", "JIT", "MPA"])
            ),
            models.CheckConstraint(name="campaign_has_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="campaign_is_due_later", condition=Q(due_at__gt=F("created_at"))
            ),
            models.CheckConstraint(
                name="campaign_opens_with_snapshot",
                condition=Q(state=CampaignState.DRAFT, opened_at=None)
                | (
                    ~Q(state=CampaignState.DRAFT)
                    & Q(opened_at__isnull=False, snapshot__isnull=False, indexed_at__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="campaign_is_closed_by_somebody",
                condition=(
                    Q(state=CampaignState.CLOSED, closed_at__isnull=False) & ~Q(closed_by="")
                )
                | (~Q(state=CampaignState.CLOSED) & Q(closed_at=None, closed_by="")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_overdue(self, now: datetime) -> bool:
        """Whether it is open although its due date has passed."""
        return self.state == CampaignState.OPEN and self.due_at <= now


class CampaignReviewer(models.Model):
    """Who was named to review: `user:bob@example.com` or `group:leads@example.com`, in lower case."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="reviewers")
    principal = models.CharField(max_length=300)

    objects: ClassVar[models.Manager[CampaignReviewer]] = models.Manager()

    class Meta:
        verbose_name = "reviewer"
        constraints = [
            models.UniqueConstraint(
                name="campaign_reviewer_once", fields=["campaign", "principal"]
            ),
            models.CheckConstraint(
                name="campaign_reviewer_is_person_or_group",
                condition=Q(principal__startswith="user:") | Q(principal__startswith="group:"),
            ),
        ]

    def __str__(self) -> str:
        return self.address

    @property
    def is_group(self) -> bool:
        return self.principal.startswith("group:")

    @property
    def address(self) -> str:
        """Return the e-mail address of the person or group."""
        return self.principal.partition(":")[2]


class ReviewerAddress(models.Model):
    """The address of a person who reviews, as Google returned the members of groups at the opening."""

    reviewer = models.ForeignKey(
        CampaignReviewer, on_delete=models.CASCADE, related_name="addresses"
    )
    email = models.CharField(max_length=254)

    objects: ClassVar[models.Manager[ReviewerAddress]] = models.Manager()

    class Meta:
        verbose_name = "address of a reviewer"
        indexes = [models.Index(name="reviewer_by_address", fields=["email"])]
        constraints = [
            models.UniqueConstraint(name="reviewer_address_once", fields=["reviewer", "email"])
        ]

    def __str__(self) -> str:
        return self.email
