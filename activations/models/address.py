"""Records which person has, or had, an e-mail address."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Address(models.Model):
    """One address of one person from `since` until `until`; None while it is theirs.

    `asserted_at` is when IAP last asserted it, to half a minute: only a newer assertion of another
    account moves the address.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="addresses"
    )
    email = models.CharField("e-mail", max_length=254)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    asserted_at = models.DateTimeField()

    objects: ClassVar[models.Manager[Address]] = models.Manager()

    class Meta:
        verbose_name_plural = "addresses"
        indexes = [models.Index(name="address_by_email", fields=["email"])]
        constraints = [
            models.UniqueConstraint(
                name="address_has_one_owner", fields=["email"], condition=Q(until=None)
            ),
            models.UniqueConstraint(
                name="person_has_one_address", fields=["person"], condition=Q(until=None)
            ),
            models.CheckConstraint(
                name="address_ends_after_start",
                condition=Q(until=None) | Q(until__gte=F("since")),
            ),
        ]

    def __str__(self) -> str:
        return self.email
