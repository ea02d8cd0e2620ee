"""Proposals to activate a version, and what became of them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from policies.models.version import PolicyVersion


class ProposalState(models.TextChoices):
    """PROPOSED → ACTIVE → REPLACED, or PROPOSED → REJECTED."""

    PROPOSED = "PROPOSED", "proposed"
    ACTIVE = "ACTIVE", "active"
    REPLACED = "REPLACED", "replaced"
    REJECTED = "REJECTED", "rejected"


class PolicyProposal(models.Model):
    """Somebody wants a version to be active; somebody decides.

    A version may be proposed more than once: to return to it is a proposal as well. `base` is the
    version that was active at the proposal. `as_deployment` says that it was activated by a
    deployment, from the command line; `was_second_person` whether proposer and decider are different people.
    """

    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="proposals")
    base = models.ForeignKey(
        PolicyVersion, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    state = models.CharField(
        max_length=10, choices=ProposalState.choices, default=ProposalState.PROPOSED
    )
    comment = models.CharField(max_length=1000, blank=True, default="")
    proposed_at = models.DateTimeField()
    proposed_by_email = models.CharField("proposed by", max_length=254)
    proposed_by_subject = models.CharField(max_length=255, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by_email = models.CharField("decided by", max_length=254, blank=True, default="")
    decided_by_subject = models.CharField(max_length=255, blank=True, default="")
    decision_comment = models.CharField(max_length=1000, blank=True, default="")
    was_second_person = models.BooleanField(null=True, blank=True)
    as_deployment = models.BooleanField(default=False)
    replaced_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[PolicyProposal]] = models.Manager()

    class Meta:
        verbose_name = "proposal of an access policy"
        verbose_name_plural = "proposals of access policies"
        indexes = [models.Index(name="policy_proposal_by_state", fields=["state", "-decided_at"])]
        constraints = [
            models.UniqueConstraint(
                name="one_active_policy", fields=["state"], condition=Q(state="ACTIVE")
            ),
            models.UniqueConstraint(
                name="one_open_proposal_per_policy",
                fields=["version"],
                condition=Q(state="PROPOSED"),
            ),
            models.CheckConstraint(
                name="policy_proposal_state_is_known", condition=Q(state__in=ProposalState.values)
            ),
            models.CheckConstraint(
                name="policy_proposal_is_decided_by_somebody",
                condition=Q(state="PROPOSED", decided_at=None, decided_by_email="")
                | (~Q(state="PROPOSED") & Q(decided_at__isnull=False) & ~Q(decided_by_email="")),
            ),
            models.CheckConstraint(
                name="policy_proposal_is_replaced_once",
                condition=Q(state="REPLACED", replaced_at__isnull=False)
                | (~Q(state="REPLACED") & Q(replaced_at=None)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.get_state_display()}"
