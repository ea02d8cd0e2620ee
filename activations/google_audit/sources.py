"""Which log views or projects are read, from when, and what keeps one from being read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, QuerySet

from activations.domain.audit_entries import PROJECT
from activations.models import AuditReading, AuditSource, Grant
from googlecloud.cloud_logging import MOST_RESOURCES
from googlecloud.errors import Denied, GoogleCloudError

# Buckets of log views keep entries for 30 days unless configured otherwise.
FIRST_PERIOD = timedelta(days=30)
# Entries may arrive hours after what they record: so much is read again, and nothing is called missing earlier.
LATE = timedelta(hours=6)
# A project that may not be read is tried again on its own, not in each run.
TRY_AGAIN = timedelta(days=1)


def current(views: Sequence[str]) -> QuerySet[AuditSource]:
    """Return the sources that the configuration names: the views, or without any the ledger's projects."""
    if views:
        return AuditSource.objects.filter(name__in=views)
    return AuditSource.objects.filter(is_view=False)


def note_sources(views: Sequence[str], *, now: datetime) -> None:
    """Add the views, or the projects on which access was granted, that are not known yet."""
    names = list(views) or [f"{PROJECT}{project_id}" for project_id in _ledger_projects()]
    AuditSource.objects.bulk_create(
        [AuditSource(name=n, is_view=bool(views), first_from=now - FIRST_PERIOD) for n in names],
        ignore_conflicts=True,
    )


def _ledger_projects() -> QuerySet[Grant, str]:
    written = Grant.objects.exclude(etag_after="")
    return written.order_by().values_list("project_id", flat=True).distinct()


@dataclass(frozen=True, slots=True)
class Period:
    """What is to be read next: some sources from the same time on."""

    names: Sequence[str]
    start: datetime


def due(views: Sequence[str], *, now: datetime) -> list[Period]:
    """Return what is to be read in this run: views one by one, projects by the hundred."""
    found = current(views)
    troubled = found.exclude(problem="")
    if not views:
        troubled = troubled.filter(tried_at__lte=now - TRY_AGAIN)
    alone = [*(found.filter(problem="") if views else []), *troubled]
    return [Period([one.name], _start(one)) for one in alone] + (
        [] if views else _hundreds(found.filter(problem=""))
    )


def _hundreds(found: QuerySet[AuditSource]) -> list[Period]:
    """Put projects that were read to about the same time together, new ones first."""
    rows = list(found.order_by(F("read_through").asc(nulls_first=True), "first_from", "name"))
    new = [one for one in rows if one.read_through is None]
    known = rows[len(new) :]
    return [
        Period([one.name for one in part], min(map(_start, part)))
        for some in (new, known)
        for part in (some[at : at + MOST_RESOURCES] for at in range(0, len(some), MOST_RESOURCES))
    ]


def _start(source: AuditSource) -> datetime:
    if source.read_through is None:
        return source.first_from
    return max(source.first_from, source.read_through - LATE)


def note_refusal(reading: AuditReading, error: GoogleCloudError, *, now: datetime) -> None:
    """Store what Google says about the only source of a reading, and what to do."""
    [name] = reading.names
    source = AuditSource.objects.get(name=name)
    source.problem, source.tried_at = _explained(source, error), now
    source.save(update_fields=["problem", "tried_at"])


def _explained(source: AuditSource, error: GoogleCloudError) -> str:
    said = str(error).rstrip(".")
    if not source.is_view:
        return f"{said}. Grant the service account roles/logging.viewer on the project, or set AUDIT_LOG_VIEWS."
    if isinstance(error, Denied):
        return (
            f"{said}. Grant the service account roles/logging.viewAccessor on the project of the bucket,"
            f" with the condition resource.name == '{source.name}'."
        )
    return f"{said}. Create the view with Terraform (audit_log), or correct AUDIT_LOG_VIEWS."


@dataclass(frozen=True, slots=True)
class Coverage:
    """What has been read, for a page and for the question whether a missing entry means something."""

    views: Sequence[str]
    sources: Sequence[AuditSource]

    @classmethod
    def read(cls, views: Sequence[str]) -> Coverage:
        return cls(views, list(current(views).order_by("name")))

    @property
    def problems(self) -> list[AuditSource]:
        return [one for one in self.sources if one.problem]

    @property
    def is_partial(self) -> bool:
        """Whether entries exist that nobody reads: those of other projects and of folders, or of a source with a problem."""
        return not self.views or bool(self.problems) or len(self.sources) < len(self.views)

    @property
    def first_from(self) -> datetime | None:
        return min((one.first_from for one in self.sources), default=None)

    @property
    def read_through(self) -> datetime | None:
        """Until when every source has been read; None when one never was."""
        times = [one.read_through for one in self.sources]
        known = [time for time in times if time is not None]
        return min(known) if known and len(known) == len(times) else None

    def has_settled(self, project_id: str, at: datetime) -> bool:
        """Return whether an entry of that project and time would have been read, also if it was late."""
        asked = self.sources
        if not self.views:
            asked = [one for one in self.sources if one.name == f"{PROJECT}{project_id}"]
        elif len(asked) < len(self.views):
            return False
        return bool(asked) and all(_settled(one, at) for one in asked)


def _settled(source: AuditSource, at: datetime) -> bool:
    return (
        source.read_through is not None
        and source.first_from <= at
        and at + LATE <= source.read_through
    )
