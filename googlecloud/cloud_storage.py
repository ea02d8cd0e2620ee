"""Cloud Storage: writes objects that must not exist yet, and reads them."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from googlecloud.calls import Calls, Json
from googlecloud.errors import Conflict, Denied, Invalid, NotFound
from googlecloud.raw_calls import RawHttp, RawRequest, send_raw
from googlecloud.resumable_upload import PART, Upload

GOOGLE = "https://storage.googleapis.com"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_NOTHING_LEFT = 416


class ObjectExists(Conflict):
    """The object exists already; it is never overwritten."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as Google describes it; `md5` is base64, `size` in bytes."""

    name: str
    md5: str
    size: int
    metadata: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, found: Json) -> "StoredObject":
        return cls(
            str(found.get("name") or ""),
            str(found.get("md5Hash") or ""),
            int(found.get("size") or 0),
            {str(name): str(value) for name, value in (found.get("metadata") or {}).items()},
        )


@dataclass(frozen=True, slots=True)
class BucketState:
    """How a bucket protects its objects; the retention in seconds, 0 for none."""

    retention_seconds: int
    is_locked: bool


class CloudStorage:
    """Client for Cloud Storage."""

    def __init__(
        self,
        calls: Calls,
        service: Any,
        http: RawHttp,
        *,
        endpoint: str | None,
        sleep: Callable[[float], None],
    ) -> None:
        self._calls = calls
        self._buckets = service.buckets()
        self._objects = service.objects()
        self._http = http
        self._root = (endpoint or GOOGLE).rstrip("/")
        self._sleep = sleep

    def create(
        self,
        *,
        bucket: str,
        name: str,
        content: Iterable[bytes],
        content_type: str,
        metadata: Mapping[str, str],
    ) -> StoredObject:
        """Store a new object. It exists only when all of it was sent; memory does not grow with it.

        :raises ObjectExists: when there is one of this name.
        :raises Denied, NotFound: when the bucket does not exist or may not be written to.
        :raises GoogleCloudError: when Google does not store it.
        """
        checked = bucket_name(bucket)
        query = urlencode({"uploadType": "resumable", "name": name, "ifGenerationMatch": 0})
        refused = f"Bucket '{checked}' does not exist or may not be written to"
        try:
            upload = Upload.begin(
                self._http,
                address=f"{self._root}/upload/storage/v1/b/{checked}/o?{query}",
                about={"name": name, "contentType": content_type, "metadata": dict(metadata)},
                sleep=self._sleep,
                explanations={Denied: refused, NotFound: refused},
            )
            return StoredObject.of(upload.send(content))
        except Conflict as error:
            raise ObjectExists.like(error) from None

    def find(self, *, bucket: str, name: str) -> StoredObject | None:
        """Return the object, or None when there is none.

        :raises GoogleCloudError: when it may not be read, or Google does not answer.
        """
        try:
            answer = self._calls.read(
                lambda: self._objects.get(bucket=bucket_name(bucket), object=name),
                explanations={Denied: f"Objects of bucket '{bucket}' may not be read"},
            )
        except NotFound:
            return None
        return StoredObject.of(answer)

    def read(self, *, bucket: str, name: str) -> Iterator[bytes]:
        """Yield the content in parts.

        :raises GoogleCloudError: when it may not be read, or Google does not answer.
        """
        path = f"{bucket_name(bucket)}/o/{quote(name, safe='')}"
        address, start = f"{self._root}/storage/v1/b/{path}?alt=media", 0
        while True:
            headers = {"range": f"bytes={start}-{start + PART - 1}"}
            request = RawRequest("storage.objects.get", "GET", address, headers=headers)
            answer, body = send_raw(
                self._http, request, explanations={}, also=frozenset({_NOTHING_LEFT})
            )
            if answer.status == _NOTHING_LEFT:
                return
            yield body
            start += len(body)
            if len(body) < PART:
                return

    def bucket(self, *, bucket: str) -> BucketState:
        """Return how the bucket protects objects.

        :raises Denied, NotFound: when it does not exist or may not be read.
        :raises GoogleCloudError: when Google does not answer.
        """
        answer = self._calls.read(
            lambda: self._buckets.get(bucket=bucket_name(bucket)), explanations={}
        )
        policy = answer.get("retentionPolicy") or {}
        return BucketState(int(policy.get("retentionPeriod") or 0), bool(policy.get("isLocked")))

    def permissions(self, *, bucket: str, wanted: Iterable[str]) -> frozenset[str]:
        """Return which of these permissions the service account has on the bucket.

        :raises GoogleCloudError: when Google does not answer.
        """
        answer = self._calls.read(
            lambda: self._buckets.testIamPermissions(
                bucket=bucket_name(bucket), permissions=list(wanted)
            ),
            explanations={},
        )
        return frozenset(answer.get("permissions") or [])


def bucket_name(name: str) -> str:
    """Return the name of a bucket.

    :raises Invalid: when it contains characters that could change an address.
    """
    if not _BUCKET.fullmatch(name):
        raise Invalid(f"'{name}' is not a bucket", reason="INVALID_PARAMETER")
    return name
