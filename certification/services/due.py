"""Reminds the reviewers of a campaign before its due date, and escalates it afterwards; each once.

The time of the step is a column of the campaign. It is set, recorded and announced in one transaction, so
that an interrupted run leaves nothing or all of it, and of two runs at the same moment only one does it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from activations.evidence.recording import recording
from activations.notifications.kinds import ReviewAnnouncement
from certification.evidence.rows import campaign_changes
from certification.models import Campaign
from certification.services.steps import record_step
from certification.services.telling import tell_reviewers
from googlecloud.calls import Deadline

REMIND_BEFORE = timedelta(days=3)
# Reviewers of a short campaign are not reminded of what they were told on the same day.
REMIND_AFTER_OPENING = timedelta(days=1)


@dataclass(slots=True)
class Counts:
    """What a run did; `left` is 1 when its time was up first."""

    reminded: int = 0
    overdue: int = 0
    left: int = 0

    def __str__(self) -> str:
        return f"{self.reminded} reminded, {self.overdue} overdue"


def remind_and_escalate(*, now: datetime, deadline: Deadline) -> Counts:
    """Carry out what is due until the deadline. Safe to interrupt, to repeat and to run concurrently."""
    counts = Counts()
    campaigns = Campaign.objects.filter(state="open").order_by("due_at", "pk")
    soon = campaigns.filter(
        reminded_at=None,
        due_at__gt=now,
        due_at__lte=now + REMIND_BEFORE,
        opened_at__lte=now - REMIND_AFTER_OPENING,
    )
    past = campaigns.filter(overdue_at=None, due_at__lte=now)
    for key in _keys(soon, deadline, counts):
        counts.reminded += _step(key, ReviewAnnouncement.REMINDED, now, "reminded_at")
    for key in _keys(past, deadline, counts):
        counts.overdue += _step(key, ReviewAnnouncement.OVERDUE, now, "overdue_at")
    return counts


def _keys(rows: Iterable[Campaign], deadline: Deadline, counts: Counts) -> Iterable[int]:
    for campaign in rows:
        if deadline.expired:
            counts.left = 1
            return
        yield campaign.pk


def _step(key: int, kind: ReviewAnnouncement, now: datetime, column: str) -> bool:
    """Set the time, record and announce it; return whether this run did it."""
    with recording():
        due = Campaign.objects.filter(pk=key, state="open", **{column: None})
        if not due.update(**{column: now}):
            return False
        campaign = Campaign.objects.get(pk=key)
        told = tell_reviewers(campaign, kind, now=now)
        record_step(
            "overdue" if kind is ReviewAnnouncement.OVERDUE else "reminded",
            campaign,
            at=now,
            rows=campaign_changes(campaign, **{column: now}),
            undecided=told.undecided,
            told=list(told.addresses),
        )
    return True
