"""A member of an eligible binding: the row of a list in the admin, with its own permission."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models

from eligibility.models import IndexedMember


class EligibleMember(IndexedMember):
    """One member as bound, with what other tables say about it.

    These are no columns: `activations.reporting.eligible_members.describe` fills them in for many rows at once.
    """

    role_title: str = ""
    place_name: str = ""
    last_used: datetime | None = None

    objects: ClassVar[models.Manager[EligibleMember]] = models.Manager()

    class Meta:
        proxy = True
        verbose_name = "eligible member"
        verbose_name_plural = "eligible members"

    @property
    def kind(self) -> str:
        """Return the kind of the member, such as `user`, `group` or `serviceaccount`."""
        return self.member.partition(":")[0]

    @property
    def address(self) -> str:
        """Return the member without its kind."""
        return self.member.partition(":")[2] or self.member

    @property
    def counts(self) -> bool:
        """Whether the member is one that can make a person eligible: a user or a group."""
        return self.kind in {"user", "group"}
