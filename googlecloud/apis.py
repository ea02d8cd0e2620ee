"""Google's discovery documents and request builder. Loaded on first use, because the import is slow."""

import functools
import json
import time
from dataclasses import dataclass
from typing import Any, Protocol

from googleapiclient import discovery, discovery_cache
from googleapiclient.errors import Error, HttpError
from urllib3.exceptions import HTTPError

from googlecloud import json_text
from googlecloud.calls import Build, Call, Json, record
from googlecloud.errors import GoogleCloudError, Invalid, Unavailable
from googlecloud.failures import connection_failure
from googlecloud.refusals import ErrorAnswer, Explanations
from googlecloud.transport import Response


class HttpLike(Protocol):
    """The transport that executes a request."""

    def within(self, seconds: float) -> "HttpLike": ...

    def request(self, *args: Any, **kwargs: Any) -> tuple[Response, bytes]: ...


@dataclass(frozen=True, slots=True)
class ParsableHttp:
    """Removes a body that is nested too deeply: the library parses bodies, those of errors included."""

    http: HttpLike

    def request(self, *args: Any, **kwargs: Any) -> tuple[Response, bytes]:
        answer, body = self.http.request(*args, **kwargs)
        return answer, b"" if json_text.is_too_deep(body) else body


class Api:
    """One of Google's APIs at Google's address or a configured one, described by the bundled document."""

    def __init__(self, name: str, version: str, *, endpoint: str | None, http: HttpLike) -> None:
        self._http = http
        self.service: Any = discovery.build_from_document(
            bundled_document(name, version),
            http=http,
            client_options={"api_endpoint": endpoint} if endpoint else None,
        )

    def send(self, build: Build, *, explanations: Explanations, at_most: float | None) -> Json:
        """Build the request, send it and return the answer.

        :raises GoogleCloudError: for every failure; its text contains neither address nor token.
        """
        request = _built(build)
        http = self._http if at_most is None else self._http.within(at_most)
        answer = _noted(request, ParsableHttp(http), explanations)
        if isinstance(answer, GoogleCloudError):
            raise answer  # raised here, so that no traceback shows the address that was called
        return answer


@functools.cache
def bundled_document(name: str, version: str) -> Json:
    """The discovery document shipped with the library. Cached, because reading it is the slowest step."""
    found: Json = json.loads(discovery_cache.get_static_doc(name, version))
    return found


def _built(build: Build) -> Any:
    try:
        return build()
    except TypeError as error:
        # google-api-python-client raises this when a value does not match the pattern of its parameter.
        message = str(error)
    raise Invalid(message, reason="INVALID_PARAMETER")


def _noted(request: Any, http: Any, explanations: Explanations) -> Json | GoogleCloudError:
    status, started = None, time.monotonic()
    try:
        answer = _exchange(request, http, explanations)
        status = answer.status if isinstance(answer, GoogleCloudError) else 200
    finally:
        seconds = time.monotonic() - started
        record(Call(request.methodId, status, seconds))
    return answer


def _exchange(request: Any, http: Any, explanations: Explanations) -> Json | GoogleCloudError:
    api = request.methodId
    try:
        answer = request.execute(http=http)
    except HttpError as error:
        return ErrorAnswer.read(
            error.resp.status, error.content, retry_header=error.resp.get("retry-after")
        ).to_error(api=api, explanations=explanations)
    except HTTPError as error:
        return connection_failure(error, api=api)
    except (Error, ValueError, OSError):
        return Unavailable("Google's answer could not be read", reason="BAD_ANSWER", api=api)
    if isinstance(answer, dict):
        return answer
    return Unavailable("Google's answer is not an object", reason="BAD_ANSWER", api=api)
