"""Tells holders once that their access ends soon."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import Error, transaction

from activations.database_faults import fault_of
from activations.domain.ending_soon import ends_soon
from activations.models import EndingNotice, Grant
from activations.models.ending_notice import ending_untold
from activations.notifications.announce import announce
from activations.notifications.kinds import Announcement
from activations.people.access_facts import access_of

logger = logging.getLogger("jitaccess.ending_soon")

MOST_AT_ONCE = 200


def tell_ending_soon(*, now: datetime, within: timedelta) -> int:
    """Write a message for each access that ends soon, and return how many.

    Safe to interrupt, to repeat and to run concurrently. One that fails does not stop the others.

    :raises django.db.Error: when the database fails.
    """
    due = ending_untold(after=now, until=now + within).order_by("end_time", "pk")
    return sum(
        _attempt(grant, now, within) for grant in due.select_related("request")[:MOST_AT_ONCE]
    )


def _attempt(grant: Grant, now: datetime, within: timedelta) -> bool:
    try:
        return _tell(grant, now, within)
    except Exception as error:
        if isinstance(error, Error) and fault_of(error) is not None:
            raise  # the next one needs the database, too
        logger.exception("Grant %s", grant.pk, extra={"event": "ending_soon.failed"})
        return False


def _tell(grant: Grant, now: datetime, within: timedelta) -> bool:
    """Write the notice and the message in one transaction; False when there is nothing to tell."""
    if not ends_soon(grant.start_time, grant.access_end, now=now, within=within):
        return False
    lasts_longest = access_of(grant, now=now).grants[:1]
    if [one.grant_id for one in lasts_longest] != [grant.pk]:
        return False  # another grant gives the access for longer, and is told about
    with transaction.atomic():
        # An end or an extension at this moment waits, or has already changed the row.
        still = Grant.objects.select_for_update().filter(pk=grant.pk, state=grant.state)
        if not still.filter(ending_asked_at=None).exists():
            return False
        _, is_first = EndingNotice.objects.get_or_create(grant=grant, defaults={"told_at": now})
        if is_first:
            announce(Announcement.ENDING_SOON, request=grant.request, now=now, grants=[grant])
    return is_first
