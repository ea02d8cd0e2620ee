"""The buckets of Cloud Storage, their objects, and uploads that have begun."""

import base64
import hashlib
import threading
import uuid
from dataclasses import dataclass, field
from typing import Any

from simulator.errors import ApiError

EXISTS = "At least one of the pre-conditions you specified did not hold."


@dataclass
class Bucket:
    """A bucket; `objects` are bytes by name, `about` their metadata."""

    retention_seconds: int = 0
    is_locked: bool = False
    may_create: bool = True
    may_read: bool = True
    objects: dict[str, bytes] = field(default_factory=dict)
    about: dict[str, dict[str, Any]] = field(default_factory=dict)

    def describe(self, name: str) -> dict[str, Any]:
        """Return an object's resource."""
        data = self.objects[name]
        md5 = base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
        about = {"kind": "storage#object", "name": name, "generation": "1"}
        return about | {"size": str(len(data)), "md5Hash": md5} | self.about[name]


@dataclass
class Session:
    """An upload that has begun."""

    bucket: Bucket
    name: str
    about: dict[str, Any]
    data: bytearray = field(default_factory=bytearray)


class ObjectStore:
    """All buckets; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.buckets: dict[str, Bucket] = {}
        self.sessions: dict[str, Session] = {}
        # How many bytes of the next part are stored before the connection breaks; None for all.
        self.most_stored: int | None = None
        self.largest_part = 0

    def begin(self, bucket: Bucket, name: str, about: dict[str, Any]) -> str:
        """Begin an upload of a new object; return its id.

        :raises ApiError: 412 when the object exists.
        """
        with self._lock:
            self._check_new(bucket, name)
            key = uuid.uuid4().hex
            self.sessions[key] = Session(bucket, name, about)
            return key

    def append(self, session: Session, start: int, data: bytes, total: int | None) -> bool:
        """Store a part; return whether the object is complete.

        :raises ApiError: 400 for a part that does not continue the stored ones, 412 when the object exists now.
        """
        with self._lock:
            if start != len(session.data):
                raise ApiError(400, "Invalid Content-Range.")
            self.largest_part = max(self.largest_part, len(data))
            kept, self.most_stored = self.most_stored, None
            session.data += data if kept is None else data[:kept]
            if total is None or len(session.data) < total:
                return False
            self._check_new(session.bucket, session.name)
            session.bucket.objects[session.name] = bytes(session.data)
            session.bucket.about[session.name] = session.about
            return True

    def _check_new(self, bucket: Bucket, name: str) -> None:
        if name in bucket.objects:
            raise ApiError(412, EXISTS, reason="conditionNotMet")
