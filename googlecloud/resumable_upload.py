"""Cloud Storage's resumable upload: parts of a known size, each repeated until it is stored; memory for one part.

The protocol: https://cloud.google.com/storage/docs/performing-resumable-uploads
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from googlecloud import json_text
from googlecloud.calls import Json, pauses
from googlecloud.errors import Invalid, QuotaExceeded, Unavailable
from googlecloud.raw_calls import RawHttp, RawRequest, send_raw
from googlecloud.refusals import Explanations
from googlecloud.transport import Response

# Google wants multiples of 256 KiB, and recommends 8 MiB.
PART = 8 * 1024 * 1024
_API = "storage.objects.insert"
_RESUME = 308
_MOST_TRIES = 5
_RANGE = re.compile(r"bytes=0-(\d+)")


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload that has begun at `address`."""

    http: RawHttp
    address: str
    sleep: Callable[[float], None]
    explanations: Explanations

    @classmethod
    def begin(
        cls,
        http: RawHttp,
        *,
        address: str,
        about: Json,
        sleep: Callable[[float], None],
        explanations: Explanations,
    ) -> "Upload":
        """Ask Google for the address of a new upload; `about` are the object's content type and metadata.

        :raises Conflict: when the object exists.
        :raises GoogleCloudError: when Google does not accept it.
        """
        headers = {
            "content-type": "application/json; charset=utf-8",
            "x-upload-content-type": str(about["contentType"]),
        }
        request = RawRequest(_API, "POST", address, json.dumps(about).encode(), headers)
        answer, _ = send_raw(http, request, explanations=explanations, also=frozenset())
        session = answer.get("location", "")
        if not session.startswith(address.partition("/upload/")[0] + "/"):
            # The token must go to Google only.
            raise Unavailable("Google's answer has no address for the upload", reason="BAD_ANSWER")
        return cls(http, session, sleep, explanations)

    def send(self, content: Iterable[bytes]) -> Json:
        """Send all parts; return the object that Google made of them.

        :raises GoogleCloudError: when a part was not stored after several tries; nothing exists then.
        """
        start = 0
        for part, is_last in _parts(content):
            found = self._send_part(part, start=start, is_last=is_last)
            start += len(part)
            if found is not None:
                return found
        raise Unavailable("Google did not finish the upload", reason="BAD_ANSWER", api=_API)

    def _send_part(self, part: bytes, *, start: int, is_last: bool) -> Json | None:
        """Store a part; return the object after the last one."""
        total, stored = str(start + len(part)) if is_last else "*", 0
        for pause in (*pauses(_MOST_TRIES - 1), None):
            try:
                answer, body = self._put(part[stored:], start + stored, total)
            except (QuotaExceeded, Unavailable) as error:
                if pause is None:
                    raise
                self.sleep(max(pause, error.retry_after or 0))
                continue
            if answer.status != _RESUME:
                return _object(body)
            stored = _stored(answer) - start
            if not 0 <= stored <= len(part):
                raise Unavailable("Google has lost a part", reason="BAD_ANSWER", api=_API)
            if stored == len(part) and not is_last:
                return None
        raise Unavailable("Google did not store a part", reason="INCOMPLETE", api=_API)

    def _put(self, part: bytes, start: int, total: str) -> tuple[Response, bytes]:
        span = f"{start}-{start + len(part) - 1}" if part else "*"
        headers: Mapping[str, str] = {"content-range": f"bytes {span}/{total}"}
        request = RawRequest(_API, "PUT", self.address, part, headers)
        also = frozenset({_RESUME})
        return send_raw(self.http, request, explanations=self.explanations, also=also)


def _parts(content: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield parts of one size, and whether each is the last, which may be shorter or empty."""
    waiting = bytearray()
    for block in content:
        waiting += block
        while len(waiting) > PART:
            yield bytes(waiting[:PART]), False
            del waiting[:PART]
    yield bytes(waiting), True


def _stored(answer: Response) -> int:
    """Return how many bytes Google has."""
    match = _RANGE.fullmatch(answer.get("range", ""))
    return int(match[1]) + 1 if match else 0


def _object(body: bytes) -> Json:
    try:
        found = json_text.parse(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Invalid("Google's answer to the upload could not be read", reason="BAD_ANSWER")
    return found
