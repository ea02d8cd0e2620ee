"""The metadata server: project, region and service account of this instance."""

import os
import threading
import time
from collections.abc import Callable, Mapping
from urllib.parse import quote

from urllib3.exceptions import HTTPError

from googlecloud import json_text
from googlecloud.calls import pauses
from googlecloud.config import CloudConfig
from googlecloud.errors import GoogleCloudError, NotFound, Unavailable
from googlecloud.failures import connection_failure
from googlecloud.transport import Pool

_HOST = "metadata.google.internal"
_TIMEOUT = 3.0
_TRIES = 3
_API = "metadata"
_NOT_FOUND = 404


class Metadata:
    """Reads each value once; uses GCE_METADATA_HOST and GCE_METADATA_IP when set."""

    def __init__(
        self,
        *,
        environ: Mapping[str, str] = os.environ,
        pool: Pool | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        host = environ.get("GCE_METADATA_HOST") or environ.get("GCE_METADATA_IP") or _HOST
        self._root = f"http://{host}/computeMetadata/v1"
        self._pool = pool or Pool(CloudConfig(connect_timeout=_TIMEOUT, read_timeout=_TIMEOUT))
        self._sleep = sleep
        self._known: dict[str, str] = {}
        self._lock = threading.RLock()

    @property
    def project_id(self) -> str:
        return self._value("project/project-id")

    @property
    def project_number(self) -> str:
        return self._value("project/numeric-project-id")

    @property
    def region(self) -> str:
        """The region of this instance, like `europe-west1`."""
        return self._value("instance/region").rpartition("/")[2]

    @property
    def service_account_email(self) -> str:
        return self._value("instance/service-accounts/default/email")

    def access_token(self, scopes: str) -> tuple[str, float]:
        """Return a token of the attached service account, and its lifetime in seconds.

        :raises Unavailable: when the metadata server returns no token.
        """
        path = f"instance/service-accounts/default/token?scopes={quote(scopes, safe='')}"
        try:
            answer = json_text.parse(self._get(path).encode())
            return str(answer["access_token"]), float(answer["expires_in"])
        except (ValueError, KeyError, TypeError):
            raise _unavailable("The metadata server's token could not be read") from None

    def _value(self, path: str) -> str:
        with self._lock:
            if path not in self._known:
                self._known[path] = self._get(path).strip()
            return self._known[path]

    def _get(self, path: str) -> str:
        for pause in pauses(_TRIES - 1):
            try:
                return self._get_once(path)
            except Unavailable:
                self._sleep(pause)
        return self._get_once(path)

    def _get_once(self, path: str) -> str:
        try:
            answer = self._pool.request(
                "GET",
                f"{self._root}/{path}",
                headers={"Metadata-Flavor": "Google"},
                timeout=_TIMEOUT,
            )
        except HTTPError as error:
            raise _unreachable(error) from None
        if answer.status == _NOT_FOUND:
            raise NotFound("The metadata server does not know this value", status=404, api=_API)
        if answer.status >= 300 or answer.headers.get("Metadata-Flavor") != "Google":
            raise _unavailable(f"The metadata server answered {answer.status}")
        return answer.data.decode()


def _unreachable(error: HTTPError) -> GoogleCloudError:
    failure = connection_failure(error, api=_API)
    return _unavailable(f"No answer from the metadata server ({failure.reason})")


def _unavailable(message: str) -> Unavailable:
    return Unavailable.before_sending(message, reason="METADATA", api=_API)
