"""Deletes the rows of old refreshes, a batch at a time, and groups that no binding names any more.

The refresh that is served stays until the next run, so that readers who have just begun are not disturbed.
"""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q, QuerySet

from eligibility.index.position import Done, Write
from eligibility.index.served import latest
from eligibility.index.work import Work
from eligibility.index.writing import delete_batch, delete_some
from eligibility.models import (
    IndexedBinding,
    IndexedFolder,
    IndexedGroup,
    IndexedGroupMember,
    IndexedMember,
    IndexedNode,
    IndexedProject,
    Refresh,
)

MODELS = (IndexedMember, IndexedBinding, IndexedNode, IndexedProject, IndexedFolder)
# How long the rows that describe refreshes are kept, for the page in the admin.
HISTORY = timedelta(days=14)
_MORE = "more"


def step(work: Work, _position: str) -> Write:
    def write() -> Done:
        served = latest()
        old = Refresh.objects.exclude(pk__in=[work.refresh.pk, served.pk if served else None])
        for refresh in old.filter(is_cleared=False).order_by("pk")[:1]:
            if not delete_some(model.objects.filter(refresh=refresh) for model in MODELS):
                Refresh.objects.filter(pk=refresh.pk).update(is_cleared=True)
            return Done(_MORE)
        if served and _drop_groups(served):
            return Done(_MORE)
        begun = work.refresh.started_at - HISTORY
        return Done(_MORE if delete_batch(old.filter(started_at__lt=begun)) else None)

    return write


def _drop_groups(served: Refresh) -> bool:
    """Delete a batch of groups that neither this refresh nor the one that is served has reached."""
    gone = IndexedGroup.objects.filter(Q(reached_in=None) | Q(reached_in__lt=served.pk))
    members: QuerySet[IndexedGroupMember] = IndexedGroupMember.objects.filter(group__in=gone)
    return delete_batch(members) or delete_batch(gone)
