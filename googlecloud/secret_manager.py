"""Secret Manager: reads the content of a version and verifies its checksum."""

import base64
from typing import Any

from googlecloud.calls import Calls
from googlecloud.checksum import crc32c
from googlecloud.errors import Denied, GoogleCloudError, NotFound, Unavailable
from googlecloud.names import secret_version_name


class SecretManager:
    """Client for Secret Manager; caches nothing."""

    def __init__(self, calls: Calls, versions: Any) -> None:
        self._calls = calls
        self._versions = versions

    def access(self, *, name: str) -> bytes:
        """Return the content of `projects/P/secrets/S/versions/V`, where V may be `latest`.

        :raises Invalid: when the name is malformed, or the version disabled or destroyed.
        :raises GoogleCloudError: when it does not exist, access is denied, or it arrived damaged.
        """
        version = secret_version_name(name)
        answer = self._calls.read(
            lambda: self._versions.access(name=version),
            explanations={
                Denied: f"Access to secret '{version}' was denied",
                NotFound: f"The secret '{version}' does not exist",
            },
        )
        content = _content(answer)
        if isinstance(content, GoogleCloudError):
            raise content  # raised here, so that no traceback shows the content
        return content


def _content(answer: dict[str, Any]) -> bytes | GoogleCloudError:
    payload = answer.get("payload") or {}
    try:
        data = base64.b64decode(payload["data"], validate=True)
    except (KeyError, TypeError, ValueError):  # binascii.Error is a ValueError
        return Unavailable("The secret could not be read from Google's answer", reason="BAD_ANSWER")
    checksum = payload.get("dataCrc32c")
    if checksum is not None and str(checksum) != str(crc32c(data)):
        return Unavailable("The secret arrived damaged: its checksum differs", reason="CHECKSUM")
    return data
