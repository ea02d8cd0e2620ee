"""Translates failures to get an access token into the errors of this package."""

import json
from typing import Any

from urllib3.exceptions import HTTPError

from googlecloud import json_text
from googlecloud.errors import GoogleCloudError, NotAuthenticated, Unavailable
from googlecloud.failures import connection_failure
from googlecloud.refusals import ErrorAnswer

_API = "tokens"
_TRY_LATER = 429


def no_token(error: Exception) -> GoogleCloudError:
    """Return the error to raise; never `Denied` or `NotFound`, which callers read as answers of the API."""
    if isinstance(error, Unavailable):
        return error
    if isinstance(error, GoogleCloudError):
        return NotAuthenticated(str(error), status=error.status, reason=error.reason, api=_API)
    if (connection := _connection_error(error)) is not None:
        kind = type(connection_failure(connection, api=_API))
        return kind.before_sending(
            "No access token: Google's token service did not answer", reason="TOKEN", api=_API
        )
    if len(error.args) > 1:
        return _refused(str(error.args[0]), error.args[1])
    return NotAuthenticated(f"Not authenticated: {error}", reason="NO_CREDENTIALS", api=_API)


def _refused(prefix: str, answer: Any) -> GoogleCloudError:
    """Parse a refusal: google-auth keeps its body, but not its status."""
    body = answer if isinstance(answer, str) else json.dumps(answer)
    try:
        status = int(json_text.parse(body.encode())["error"]["code"])
    except (ValueError, KeyError):
        status = 502
    except TypeError:
        status = 401
    refusal = ErrorAnswer.read(status, body.encode())
    text = f"{prefix}: {refusal.text}"
    if status >= 500 or status == _TRY_LATER:
        return Unavailable.before_sending(f"No access token: {text}", reason="TOKEN", api=_API)
    return NotAuthenticated(
        f"Not authenticated: {text}", status=status, reason=refusal.reason, api=_API
    )


def _connection_error(error: BaseException | None) -> HTTPError | None:
    while error is not None and not isinstance(error, HTTPError):
        error = error.__cause__
    return error
