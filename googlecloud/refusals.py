"""Parses Google's error answers: a text for people, a reason for programs."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import responses
from typing import Any

from googlecloud import json_text
from googlecloud.errors import (
    Denied,
    GoogleCloudError,
    NotAuthenticated,
    QuotaExceeded,
    class_for,
)

_LONGEST_TEXT = 2000
_RATE_LIMITS = frozenset(
    {
        "dailyLimitExceeded",
        "quotaExceeded",
        "rateLimitExceeded",
        "userRateLimitExceeded",
        "RATE_LIMIT_EXCEEDED",
        "RESOURCE_EXHAUSTED",
    }
)
_BEARER = re.compile(r"bearer\s+\S+", re.IGNORECASE)
_SECONDS = re.compile(r"\d+(\.\d+)?")

Explanations = Mapping[type[GoogleCloudError], str]
_USUAL: Explanations = {NotAuthenticated: "Not authenticated"}


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """An error answer, parsed from either of the two forms that Google uses."""

    status: int
    text: str
    reason: str
    retry_after: float | None

    @classmethod
    def read(cls, status: int, body: bytes, *, retry_header: str | None = None) -> "ErrorAnswer":
        """Parse an error answer. When the body is not Google's, the status becomes the text."""
        error = _error_object(body)
        return cls(
            status=status,
            text=_text(error) or f"HTTP {status} {responses.get(status, '')}".strip(),
            reason=_reason(error),
            retry_after=_seconds(retry_header) or _retry_delay(error),
        )

    def to_error(self, *, api: str, explanations: Explanations) -> GoogleCloudError:
        """Return the error to raise: the explanation that fits, followed by Google's text."""
        kind = class_for(self.status)
        if kind is Denied and self.reason in _RATE_LIMITS:
            kind = QuotaExceeded
        explanation = explanations.get(kind) or _USUAL.get(kind)
        return kind(
            f"{explanation}: {self.text}" if explanation else self.text,
            status=self.status,
            reason=self.reason,
            api=api,
            retry_after=self.retry_after,
        )


def _error_object(body: bytes) -> dict[str, Any]:
    try:
        document = json_text.parse(body)
    except ValueError:
        return {}
    if isinstance(document, list) and document:
        document = document[0]
    if not isinstance(document, dict):
        return {}
    error = document.get("error")
    if isinstance(error, str):
        return {"message": document.get("error_description") or error, "status": error}
    return error if isinstance(error, dict) else {}


def _text(error: dict[str, Any]) -> str:
    text = str(error.get("message") or "")
    for more in (*_descriptions(error), *_legacy_messages(error)):
        if more not in text:
            text = f"{text} {more}".strip()
    # Databases do not store NUL and unpaired surrogates; control characters would disturb logs and pages.
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    clean = " ".join(_BEARER.sub("Bearer …", printable).split())
    return clean[:_LONGEST_TEXT]


def _descriptions(error: dict[str, Any]) -> Iterator[str]:
    for detail in _dicts(error.get("details")):
        for violation in (
            *_dicts(detail.get("violations")),
            *_dicts(detail.get("fieldViolations")),
        ):
            yield str(violation.get("description") or "")
        if str(detail.get("@type")).endswith("ProjectIamPolicyError"):
            yield " ".join(str(detail[key]) for key in ("type", "role", "member") if key in detail)


def _legacy_messages(error: dict[str, Any]) -> Iterator[str]:
    for item in _dicts(error.get("errors")):
        yield str(item.get("message") or "")


def _reason(error: dict[str, Any]) -> str:
    candidates = [
        *(
            detail.get("reason")
            for detail in _dicts(error.get("details"))
            if str(detail.get("@type")).endswith("ErrorInfo")
        ),
        *(item.get("reason") for item in _dicts(error.get("errors"))),
        error.get("status"),
    ]
    return next((reason for reason in candidates if isinstance(reason, str) and reason), "")


def _retry_delay(error: dict[str, Any]) -> float | None:
    delays = (str(detail.get("retryDelay", "")) for detail in _dicts(error.get("details")))
    return next(
        (seconds for delay in delays if (seconds := _seconds(delay.removesuffix("s")))), None
    )


def _seconds(text: str | None) -> float | None:
    return float(text) if text and _SECONDS.fullmatch(text.strip()) else None


def _dicts(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
