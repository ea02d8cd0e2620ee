"""Calls with bodies that are no JSON, for which the discovery documents have no builder: status, headers and bytes."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from urllib3.exceptions import HTTPError

from googlecloud.calls import Call, record
from googlecloud.errors import GoogleCloudError
from googlecloud.failures import connection_failure
from googlecloud.refusals import ErrorAnswer, Explanations
from googlecloud.transport import Response


class RawHttp(Protocol):
    """The transport; it adds the token."""

    def request(
        self, uri: str, method: str, body: bytes | str | None, headers: Mapping[str, str]
    ) -> tuple[Response, bytes]: ...


@dataclass(frozen=True, slots=True)
class RawRequest:
    """One request; `api` is Google's name of the method."""

    api: str
    method: str
    address: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def send_raw(
    http: RawHttp, request: RawRequest, *, explanations: Explanations, also: frozenset[int]
) -> tuple[Response, bytes]:
    """Send once; return an answer with a status of 2xx or one of `also`.

    :raises GoogleCloudError: for every other answer, and when there is none; without address and token.
    """
    status, started = None, time.monotonic()
    try:
        answer = _exchange(http, request)
        if isinstance(answer, GoogleCloudError):
            raise answer
        status = answer[0].status
    finally:
        record(Call(request.api, status, time.monotonic() - started))
    if 200 <= status < 300 or status in also:
        return answer
    refused = ErrorAnswer.read(status, answer[1], retry_header=answer[0].get("retry-after"))
    raise refused.to_error(api=request.api, explanations=explanations)


def _exchange(http: RawHttp, request: RawRequest) -> tuple[Response, bytes] | GoogleCloudError:
    try:
        return http.request(request.address, request.method, request.body, request.headers)
    except HTTPError as error:
        return connection_failure(error, api=request.api)
