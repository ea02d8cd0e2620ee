"""The note that a holder was told about the end of an access, so that they are told once."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from activations.domain.states import GrantState
from activations.models.grant import Grant, GrantQuerySet


class EndingNotice(models.Model):
    """One message `EndingSoon` about one grant, in the transaction that writes the message."""

    grant = models.OneToOneField(
        Grant, on_delete=models.PROTECT, primary_key=True, related_name="ending_notice"
    )
    told_at = models.DateTimeField()

    objects: ClassVar[models.Manager[EndingNotice]] = models.Manager()

    def __str__(self) -> str:
        return f"Told that {self.grant} ends soon"


def ending_untold(*, after: datetime, until: datetime) -> GrantQuerySet:
    """Return active grants whose access ends after the one and by the other moment, without a notice.

    Those whose end was requested are left out.
    """
    ends = Q(binding_end__gt=after, binding_end__lte=until) | Q(
        binding_end=None, end_time__gt=after, end_time__lte=until
    )
    found = GrantQuerySet(Grant).filter(ends, state=GrantState.ACTIVE, ending_asked_at=None)
    return found.filter(ending_notice=None)
