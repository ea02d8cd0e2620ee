"""Which grants can still have lasted at a moment, by when they started, so that an index finds them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q
from django.db.models.functions import Coalesce

from activations.models.grant import Grant
from activations.models.request import LONG_MINUTES

# More than `LONG_MINUTES`, because minutes are rounded.
USUAL = timedelta(days=8)


def can_last(moment: datetime) -> Q:
    """Return the condition for grants that started late enough to last after a moment, and for longer ones that did."""
    usual = Q(start_time__gt=moment - USUAL)
    longer = Grant.objects.filter(request__minutes__gt=LONG_MINUTES, start_time__lte=moment)
    longer = longer.alias(over=Coalesce("ended_at", "end_time")).filter(over__gt=moment)
    keys = list(longer.values_list("pk", flat=True))
    return usual | Q(pk__in=keys) if keys else usual
