"""What a campaign asks about: members of eligible bindings as the index had them, with their decisions."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Concat

from certification.models.campaign import Campaign, CampaignReviewer


class Decision(models.TextChoices):
    """What should happen to an eligible binding of a member; empty while nobody has decided."""

    NONE = "", "undecided"
    KEEP = "keep", "keep"
    REMOVE = "remove", "remove"


class CampaignItem(models.Model):
    """One member of one eligible binding, copied from the index when the campaign was opened.

    `number` counts from 1 within the campaign. `reviewer` is empty when every reviewer would judge about
    themselves. `version` counts the decisions, so that a decision never replaces one its author has not
    seen. Columns from `node` to `resource_condition` are as in `eligibility.models.IndexedBinding`.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="items")
    number = models.PositiveIntegerField()
    reviewer = models.ForeignKey(
        CampaignReviewer, on_delete=models.PROTECT, null=True, blank=True, related_name="items"
    )
    member = models.CharField(max_length=400)
    role = models.CharField(max_length=255)
    role_title = models.CharField(max_length=255, blank=True)
    node = models.CharField(max_length=150)
    place_name = models.CharField(max_length=255, blank=True)
    activation_type = models.CharField(max_length=3)
    title = models.TextField(blank=True)
    description = models.TextField(blank=True)
    expression = models.TextField()
    resource_condition = models.TextField(blank=True)
    last_used = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=6, choices=Decision.choices, blank=True, default="")
    comment = models.CharField(max_length=1000, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=254, blank=True)
    decided_by_subject = models.CharField(max_length=255, blank=True)
    version = models.PositiveIntegerField(default=0)

    objects: ClassVar[models.Manager[CampaignItem]] = models.Manager()

    class Meta:
        verbose_name = "item"
        indexes = [
            models.Index(name="item_by_decision", fields=["campaign", "decision", "number"]),
            models.Index(name="item_by_reviewer", fields=["reviewer", "decision", "number"]),
            models.Index(name="item_by_member", fields=["campaign", "member"]),
            models.Index(name="item_by_node", fields=["campaign", "node"]),
        ]
        constraints = [
            models.UniqueConstraint(name="item_number_once", fields=["campaign", "number"]),
            models.CheckConstraint(
                name="item_decision_is_known", condition=Q(decision__in=Decision.values)
            ),
            models.CheckConstraint(
                name="item_type_is_known", condition=Q(activation_type__in=["JIT", "MPA"])
            ),
            models.CheckConstraint(
                name="item_is_decided_by_somebody",
                condition=Q(decision="", decided_at=None, decided_by="", version=0)
                | (
                    ~Q(decision="") & Q(decided_at__isnull=False, version__gt=0) & ~Q(decided_by="")
                ),
            ),
            models.CheckConstraint(
                name="item_removal_has_comment",
                condition=~Q(decision=Decision.REMOVE) | ~Q(comment=""),
            ),
            models.CheckConstraint(
                name="item_is_judged_by_another",
                condition=~Q(member=Concat(Value("user:"), "decided_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member}: {self.role} on {self.node}"

    @property
    def is_group(self) -> bool:
        return self.member.startswith("group:")

    @property
    def address(self) -> str:
        """Return the member without its kind."""
        return self.member.partition(":")[2] or self.member

    @property
    def project_id(self) -> str:
        """Return the project of the binding; empty when it is on a folder or the organization."""
        return self.node.removeprefix("projects/") if self.node.startswith("projects/") else ""
