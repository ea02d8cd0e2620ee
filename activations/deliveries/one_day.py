"""Delivers one day: its files, then the manifest that names them. What is stored is never written again."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
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
        """Record the intent before personal data leaves the database."""
        with recording():
            found = ExportDelivery.objects.filter(day=day).first()
            if found is None:
                now = self.clock()
                is_late = now.date() - day > timedelta(days=1)
                found = ExportDelivery.objects.create(
                    day=day, bucket=self.bucket, begun_at=now, is_late=is_late
                )
                details = {"day": str(day), "bucket": self.bucket, "late": is_late}
                record(Step("export.delivery_begun", at=now, details=details))
        return found

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
        found = self.storage.find(bucket=delivery.bucket, name=name)
        if found is None or found.metadata.get(MARK) != str(row.upload):
            raise OtherContent(name)
        measured = file.measured(self.storage.read(bucket=delivery.bucket, name=name))
        for _ in measured:
            pass
        return measured

    def _finish(self, delivery: ExportDelivery) -> None:
        """Store the manifest, which is the same in each try, and record the end."""
        content = _manifest(delivery)
        try:
            self._create(delivery, MANIFEST, [content], content_type=JSON_TYPE, metadata={})
        except ObjectExists:
            name = f"{delivery.day}/{MANIFEST}"
            found = self.storage.find(bucket=delivery.bucket, name=name)
            if found is None or found.md5 != _md5(content):
                raise OtherContent(name) from None
        with recording():
            open_ = ExportDelivery.objects.select_for_update().filter(
                day=delivery.day, done_at=None
            )
            if not open_.exists():
                return  # another run has finished it
            digest, now = hashlib.sha256(content).hexdigest(), self.clock()
            open_.update(done_at=now, manifest_sha256=digest, failure="")
            event = _record(delivery, digest, now)
        _log(delivery, digest, event)

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


def _manifest(delivery: ExportDelivery) -> bytes:
    """Return the manifest; it depends on nothing but rows that do not change any more."""
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
        ", late, with the states of now" if delivery.is_late else "",
        extra={"event": event.kind, "labels": labels | labels_of_event(event)},
    )
