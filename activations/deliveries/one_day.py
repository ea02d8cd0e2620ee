"""Delivers one day: its files, then the manifest that names them. What is stored is never written again."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings

from activations.deliveries.content import DayFile, Measured, files_of
from activations.domain.chain import timestamp
from activations.evidence.recording import Step, labels_of_event, record, recording
from activations.models import DeliveredFile, Event, ExportDelivery
from googlecloud.calls import Deadline
from googlecloud.cloud_storage import CloudStorage, ObjectExists
from googlecloud.errors import Conflict

logger = logging.getLogger("jitaccess.audit")

FORMAT = "export-folder-1"
MANIFEST = "manifest.json"
MARK = "jitaccess-upload"
JSON_TYPE = "application/json; charset=utf-8"


class OtherContent(Conflict):
    """The bucket has an object of this name that JIT Access did not store, or not with this content."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The bucket has another {name}, which JIT Access does not overwrite. Find out who stored it."
            " To continue, move it out of the folder",
            status=412,
            reason="OTHER_CONTENT",
        )


@dataclass(frozen=True, slots=True)
class Folder:
    """Where a day is delivered to."""

    storage: CloudStorage
    bucket: str
    clock: Callable[[], datetime]

    def deliver(self, day: date, *, deadline: Deadline) -> bool:
        """Deliver a day, or what is missing of it; return False when the time is used up before its end.

        :raises OtherContent: when somebody else has stored an object of the same name.
        :raises googlecloud.errors.GoogleCloudError: when Google does not store it; the next run continues.
        """
        delivery = self._begun(day)
        stored = set(delivery.files.exclude(stored_at=None).values_list("name", flat=True))
        for file in files_of(day, as_of=delivery.begun_at):
            if file.name in stored:
                continue
            if deadline.expired:
                return False
            self._deliver_file(delivery, file)
        self._finish(delivery)
        return True

    def _begun(self, day: date) -> ExportDelivery:
        """Record the intent before personal data leaves the database.

        Until a file is stored, each try begins the day again, in the bucket and at the time of this try.
        """
        found = ExportDelivery.objects.filter(day=day).first()
        if found and self._has_files(found):
            return found
        with recording():
            return self._begin(day, self.clock())

    def _has_files(self, delivery: ExportDelivery) -> bool:
        """Whether a file is stored, also one whose confirmation was lost; these keep the day as it was begun."""
        if delivery.files.exclude(stored_at=None).exists():
            return True
        # Nothing is looked for in an earlier bucket, which may not exist. What is left there has no manifest.
        return delivery.bucket == self.bucket and any(
            self._is_ours(delivery, row) for row in delivery.files.all()
        )

    def _is_ours(self, delivery: ExportDelivery, row: DeliveredFile) -> bool:
        found = self.storage.find(bucket=delivery.bucket, name=f"{delivery.day}/{row.name}")
        return found is not None and found.metadata.get(MARK) == str(row.upload)

    def _begin(self, day: date, now: datetime) -> ExportDelivery:
        """Store how the day begins; record it unless that is recorded. Call it inside of `recording`."""
        before = ExportDelivery.objects.filter(day=day).first()
        # Another run may have stored files since.
        if before and (before.done_at or before.files.exclude(stored_at=None).exists()):
            return before
        is_late = _is_late(day, now)
        delivery, _ = ExportDelivery.objects.update_or_create(
            day=day, defaults={"bucket": self.bucket, "begun_at": now, "is_late": is_late}
        )
        if before is None or (before.bucket, before.is_late) != (self.bucket, is_late):
            details = {"day": str(day), "bucket": self.bucket, "late": is_late}
            record(Step("export.delivery_begun", at=now, details=details))
        return delivery

    def _deliver_file(self, delivery: ExportDelivery, file: DayFile) -> None:
        row, _ = DeliveredFile.objects.get_or_create(delivery=delivery, name=file.name)
        try:
            measured = file.content()
            self._create(
                delivery,
                file.name,
                measured,
                content_type=file.form.content_type,
                metadata={MARK: str(row.upload)},
            )
        except ObjectExists:
            measured = self._recognized(delivery, row, file)
        row.sha256, row.size, row.rows = measured.sha256, measured.size, measured.count()
        row.stored_at = self.clock()
        row.save(update_fields=["sha256", "size", "rows", "stored_at"])

    def _recognized(self, delivery: ExportDelivery, row: DeliveredFile, file: DayFile) -> Measured:
        """Measure the object that a run before a crash has stored."""
        name = f"{delivery.day}/{row.name}"
        if not self._is_ours(delivery, row):
            raise OtherContent(name)
        measured = file.measured(self.storage.read(bucket=delivery.bucket, name=name))
        for _ in measured:
            pass
        return measured

    def _finish(self, delivery: ExportDelivery) -> None:
        """Store the manifest, unless an earlier try has stored it, and record the end."""
        # Another run that overlaps may have begun the day again. Both must write the same manifest.
        delivery.refresh_from_db(fields=["begun_at"])
        delivery.is_late = _is_late(delivery.day, self.clock())
        content = _manifest(delivery)
        try:
            self._create(delivery, MANIFEST, [content], content_type=JSON_TYPE, metadata={})
        except ObjectExists:
            content = self._recognized_manifest(delivery)
        with recording():
            open_ = ExportDelivery.objects.select_for_update().filter(
                day=delivery.day, done_at=None
            )
            if not open_.exists():
                return  # another run has finished it
            digest, now = hashlib.sha256(content).hexdigest(), self.clock()
            open_.update(done_at=now, is_late=delivery.is_late, manifest_sha256=digest, failure="")
            event = _record(delivery, digest, now)
        _log(delivery, digest, event)

    def _recognized_manifest(self, delivery: ExportDelivery) -> bytes:
        """Return the manifest that an earlier try has stored. It decides whether the day is late."""
        name = f"{delivery.day}/{MANIFEST}"
        found = self.storage.find(bucket=delivery.bucket, name=name)
        for is_late in (True, False):
            delivery.is_late = is_late
            content = _manifest(delivery)
            if found and found.md5 == _md5(content):
                return content
        raise OtherContent(name) from None

    def _create(
        self,
        delivery: ExportDelivery,
        name: str,
        content: Iterable[bytes],
        *,
        content_type: str,
        metadata: dict[str, str],
    ) -> None:
        self.storage.create(
            bucket=delivery.bucket,
            name=f"{delivery.day}/{name}",
            content=content,
            content_type=content_type,
            metadata=metadata,
        )


def _is_late(day: date, now: datetime) -> bool:
    """Whether the day has been over for longer than a day, so that its rows have later states."""
    return now.astimezone(UTC).date() - day > timedelta(days=1)


def _manifest(delivery: ExportDelivery) -> bytes:
    """Return the manifest. Beside `is_late` it depends on nothing but rows that do not change any more."""
    document: dict[str, Any] = {
        "format": FORMAT,
        "day": str(delivery.day),
        "data_as_of": timestamp(delivery.begun_at),
        "late": delivery.is_late,
        "scope": settings.RESOURCE_SCOPE,
        "files": [
            {"name": one.name, "sha256": one.sha256, "bytes": one.size, "rows": one.rows}
            for one in delivery.files.order_by("name")
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"


def _md5(content: bytes) -> str:
    """Return the checksum in Cloud Storage's form; who wants another content must still find one for it."""
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def _record(delivery: ExportDelivery, digest: str, now: datetime) -> Event:
    rows = dict(delivery.files.order_by("name").values_list("name", "rows"))
    details = {
        "day": str(delivery.day),
        "bucket": delivery.bucket,
        "late": delivery.is_late,
        "manifest_sha256": digest,
        "rows": rows,
    }
    return record(Step("export.delivered", at=now, details=details))


def _log(delivery: ExportDelivery, digest: str, event: Event) -> None:
    labels = {
        "bucket": delivery.bucket,
        "day": str(delivery.day),
        "late": "true" if delivery.is_late else "false",
        "manifest_sha256": digest,
    }
    logger.log(
        logging.WARNING if delivery.is_late else logging.INFO,
        "Delivered the exports of %s to %s%s",
        delivery.day,
        delivery.bucket,
        ", late, with later states" if delivery.is_late else "",
        extra={"event": event.kind, "labels": labels | labels_of_event(event)},
    )
