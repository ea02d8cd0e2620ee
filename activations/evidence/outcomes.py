"""Stores what a verification found, for exports and pages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from activations.evidence.differences import Difference
from activations.evidence.verification import Verification
from activations.models import RowDifference, VerificationRun

LONGEST_KEY = 255


def store_outcome(
    found: Verification, differences: Iterable[Difference], *, started_at: datetime
) -> VerificationRun:
    """Store one verification; `differences` may be fewer than it counted."""
    with transaction.atomic():
        run = VerificationRun.objects.create(
            started_at=started_at,
            head_sequence=found.head.sequence,
            head_hash=found.head.hash,
            problem=str(found.problem or ""),
            differences=found.differences,
        )
        rows = (_row(run, difference) for difference in differences)
        RowDifference.objects.bulk_create(rows, batch_size=500)
    return run


def _row(run: VerificationRun, difference: Difference) -> RowDifference:
    event = f" (event {difference.event})" if difference.event else ""
    return RowDifference(
        run=run,
        table=difference.table[:20],
        key=difference.key[:LONGEST_KEY],
        request_key=difference.request[:64],
        message=f"{difference.message}{event}",
    )
