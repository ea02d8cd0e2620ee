"""One run: delivers yesterday, and every day before that is not delivered."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import Min

from activations.deliveries.one_day import Folder
from activations.iam import writes
from activations.models import ExportDelivery
from googlecloud.calls import Deadline
from googlecloud.cloud_storage import CloudStorage
from googlecloud.errors import GoogleCloudError

logger = logging.getLogger("jitaccess.deliveries")

JOB = "job:export"
# Transactions of the day before may still be running at midnight.
AFTER_MIDNIGHT = timedelta(minutes=10)


@dataclass(slots=True)
class Counts:
    """The numbers that logs, HTTP responses and commands report."""

    delivered: int = 0
    late: int = 0
    refused: int = 0
    left: int = 0

    def as_dict(self) -> dict[str, int]:
        return asdict(self)

    def __str__(self) -> str:
        found = ", ".join(f"{value} {name}" for name, value in self.as_dict().items() if value)
        return found or "nothing to deliver"


def deliver_exports(
    *,
    storage: CloudStorage,
    bucket: str,
    clock: Callable[[], datetime],
    deadline: Deadline,
) -> Counts | None:
    """Deliver the days that are due, the oldest first. Return None when another run is in progress.

    A day that fails does not keep the others from being tried.

    :raises OtherContent: at the end, when the bucket has something else in the place of a day.
    :raises googlecloud.errors.GoogleCloudError: at the end, the first one, when Google did not store an object; the next run continues.
    """
    counts = Counts()
    with writes.try_turn(JOB, clock=clock) as mine:
        if not mine:
            return None
        first: GoogleCloudError | None = None
        folder = Folder(storage, bucket, clock)
        for day in list(days_due(now=clock())):
            if deadline.expired:
                counts.left += 1
                break
            try:
                _deliver(folder, day, deadline, counts)
            except GoogleCloudError as error:
                counts.refused += 1
                first = first or error
        if first:
            raise first
    return counts


def _deliver(folder: Folder, day: date, deadline: Deadline, counts: Counts) -> None:
    try:
        if not folder.deliver(day, deadline=deadline):
            counts.left += 1
            return
    except GoogleCloudError as error:
        now = folder.clock()
        open_ = ExportDelivery.objects.filter(day=day, done_at=None)
        open_.update(failure=str(error), failed_at=now)
        logger.warning(
            "The exports of %s were not delivered: %s",
            day,
            error,
            extra={"event": "export.failed", "labels": {"day": str(day)}},
        )
        raise
    counts.delivered += 1
    counts.late += ExportDelivery.objects.filter(day=day, is_late=True).count()


def days_due(*, now: datetime) -> Iterator[date]:
    """Yield the days without a complete folder, from the first that was ever begun to yesterday."""
    last = (now - AFTER_MIDNIGHT).astimezone(UTC).date() - timedelta(days=1)
    first = ExportDelivery.objects.aggregate(first=Min("day"))["first"] or last
    done = set(ExportDelivery.objects.exclude(done_at=None).values_list("day", flat=True))
    for number in range((last - first).days + 1):
        if (day := first + timedelta(days=number)) not in done:
            yield day
