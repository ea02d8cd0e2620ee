"""Reads entries page by page; a page and the place of the next one are stored together, so a crash repeats one page at most."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from activations.domain.audit_entries import ChangeKind, PolicyEntry, read_entry
from activations.domain.chain import timestamp
from activations.google_audit.counts import Counts
from activations.google_audit.sources import current, due, note_refusal
from activations.models import AuditChange, AuditEntry, AuditReading, AuditSource
from eligibility.conditions import UnreadableTime
from googlecloud.calls import Deadline, Page
from googlecloud.cloud_logging import CloudLogging
from googlecloud.errors import Denied, Invalid, NotFound

logger = logging.getLogger("jitaccess.google_audit")

FILTER = (
    'log_id("cloudaudit.googleapis.com/activity")\n'
    'protoPayload.serviceName="cloudresourcemanager.googleapis.com"\n'
    'protoPayload.methodName:"SetIamPolicy"\n'
)


class LostTurn(Exception):
    """Another run has read this page."""


@dataclass(frozen=True, slots=True)
class Reader:
    """What reading needs: the log, the account whose writes are ours, clock, limit and time."""

    log: CloudLogging
    account: str
    views: Sequence[str]
    clock: Callable[[], datetime]
    throttle: Callable[[], None]
    deadline: Deadline
    counts: Counts

    def read_due(self) -> None:
        """Finish what was begun, then read what has been written since.

        :raises LostTurn: when another run reads the same.
        :raises googlecloud.errors.GoogleCloudError: when Google does not answer, or the quota is used up.
        """
        now = self.clock()
        self._drop_stale()
        if not self._finish_begun():
            return
        for period in due(self.views, now=now):
            _begin(period.names, start=period.start, end=now)
            if not self._finish_begun():
                return

    def _drop_stale(self) -> None:
        """Forget what was begun for sources that the configuration does not name any more."""
        known = set(current(self.views).values_list("name", flat=True))
        for reading in AuditReading.objects.filter(is_open=True):
            if not known.issuperset(reading.names):
                _move(reading, is_open=False)

    def _finish_begun(self) -> bool:
        """Return whether everything that was begun has been read; False when no time is left."""
        begun = AuditReading.objects.filter(is_open=True).order_by("pk")
        while (reading := begun.first()) is not None:
            if self.deadline.expired:
                self.counts.left += 1
                return False
            self._read_page(reading)
        return True

    def _read_page(self, reading: AuditReading) -> None:
        self.throttle()
        try:
            page = self.log.entries(
                resources=reading.names,
                filter_=_filter(reading),
                token=reading.token,
                deadline=self.deadline.at_least(5),
            )
        except Invalid:
            if not reading.token:
                raise
            _move(reading, token="", pages=0)  # the token has expired: read the period again
        except (Denied, NotFound) as error:
            self._refused(reading, error)
        else:
            self._store(reading, page)

    def _refused(self, reading: AuditReading, error: Denied | NotFound) -> None:
        """Find the source that is refused by halves; the others are read."""
        with transaction.atomic():
            _locked(reading)
            if len(reading.names) == 1:
                self.counts.refused += 1
                note_refusal(reading, error, now=self.clock())
            half = len(reading.names) // 2
            for names in (reading.names[:half], reading.names[half:]) if half else ():
                _begin(names, start=reading.start, end=reading.end)
            _move(reading, is_open=False)

    def _store(self, reading: AuditReading, page: Page[dict[str, Any]]) -> None:
        entries = [entry for found in page.items if (entry := self._read(found))]
        with transaction.atomic():
            _locked(reading)
            self.counts.entries += store(entries, account=self.account, now=self.clock())
            if page.next_token:
                _move(reading, token=page.next_token, pages=reading.pages + 1)
            else:
                AuditSource.objects.filter(name__in=reading.names).update(
                    read_through=reading.end, problem="", tried_at=self.clock()
                )
                _move(reading, is_open=False)
        self.counts.pages += 1

    def _read(self, found: dict[str, Any]) -> PolicyEntry | None:
        try:
            return read_entry(found)
        except UnreadableTime:
            self.counts.unreadable += 1
            logger.warning(
                "Skipped a log entry without a valid time: %s",
                found.get("insertId"),
                extra={"event": "audit_log.unreadable"},
            )
            return None


def _filter(reading: AuditReading) -> str:
    start, end = timestamp(reading.start), timestamp(reading.end)
    return f'{FILTER}timestamp>="{start}"\ntimestamp<"{end}"'


def _begin(names: Sequence[str], *, start: datetime, end: datetime) -> None:
    """Open a reading, in the row of one that is closed where there is one."""
    values = {"names": list(names), "start": start, "end": end, "token": "", "pages": 0}
    closed = AuditReading.objects.filter(is_open=False).first()
    if closed and AuditReading.objects.filter(pk=closed.pk, is_open=False).update(
        **values, is_open=True
    ):
        return
    AuditReading.objects.create(**values)


def _same(reading: AuditReading) -> QuerySet[AuditReading]:
    """Return the row while it is at the same page of the same period."""
    return AuditReading.objects.filter(
        pk=reading.pk, is_open=True, end=reading.end, token=reading.token
    )


def _locked(reading: AuditReading) -> None:
    if not _same(reading).select_for_update().exists():
        raise LostTurn


def _move(reading: AuditReading, **values: Any) -> None:
    _same(reading).update(**values)


def store(entries: Iterable[PolicyEntry], *, account: str, now: datetime) -> int:
    """Store the entries that concern JIT Access, each once; return the number of new ones."""
    wanted = {
        one.key: one
        for one in entries
        if one.principal == account or any(c.kind is not ChangeKind.OTHER for c in one.changes)
    }
    known = set(AuditEntry.objects.filter(key__in=wanted).values_list("key", flat=True))
    new = {key: one for key, one in wanted.items() if key not in known}
    AuditEntry.objects.bulk_create(
        [_entry(one, account=account, now=now) for one in new.values()], ignore_conflicts=True
    )
    ids = dict(AuditEntry.objects.filter(key__in=new).values_list("key", "pk"))
    changes = [row for key, one in new.items() for row in _changes(one, ids[key], account)]
    AuditChange.objects.bulk_create(changes, ignore_conflicts=True, batch_size=500)
    return len(new)


def _entry(one: PolicyEntry, *, account: str, now: datetime) -> AuditEntry:
    return AuditEntry(
        key=one.key,
        insert_id=one.insert_id[:255],
        log_name=one.log_name[:512],
        at=one.at,
        read_at=now,
        resource=one.resource[:255],
        project_id=one.project_id[:128],
        principal=one.principal[:320],
        reason=one.reason,
        etag=one.etag[:128],
        is_ours=one.principal == account,
    )


def _changes(one: PolicyEntry, entry_id: int, account: str) -> list[AuditChange]:
    """Return the changes to keep: all of our own account, of others only those that concern us."""
    return [
        AuditChange(
            entry_id=entry_id,
            position=position,
            kind=change.kind,
            is_added=change.is_added,
            role=change.role[:255],
            member=change.member[:512],
            title=change.title,
            expression=change.expression,
        )
        for position, change in enumerate(one.changes)
        if one.principal == account or change.kind is not ChangeKind.OTHER
    ]
