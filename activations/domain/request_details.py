"""The details of a request apart from roles and reviewers, in one shape for pages, API, services, rows and logs."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

JSON_NAME, LABEL = "json_name", "label"
# How forms and log entries write a choice that was made; one that was not made is blank.
CHOSEN = "true"


@dataclass(frozen=True, slots=True)
class RequestDetails:
    """The details of a request; a blank value was not given.

    Each field is a column of `Request`, a field of the form and a property of the API's bodies, and part of the
    fingerprint that detects repeated requests. `json_name` is for a property with another name; a field with
    a `label` is text that pages and the admin site show, and a boolean is a choice. A new field needs a blank default.
    """

    minutes: int = field(default=0, metadata={JSON_NAME: "activationTimeout"})
    justification: str = field(default="", metadata={LABEL: "Justification"})
    ticket: str = field(default="", metadata={LABEL: "Ticket"})
    start_at: datetime | None = field(default=None, metadata={JSON_NAME: "startTime"})
    # Without approval, in an emergency; the access is reviewed afterwards.
    break_glass: bool = False

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of all fields, which are also the names of the columns."""
        return tuple(field.name for field in fields(cls))

    @classmethod
    def of(cls, source: object) -> Self:
        """Return the details of a row, or of a body of the API."""
        return cls(**{name: getattr(source, name) for name in cls.names()})

    @property
    def duration(self) -> timedelta:
        """Return the minutes as a timedelta."""
        return timedelta(minutes=self.minutes)

    def starts(self, now: datetime) -> datetime:
        """Return when access starts if it is granted now."""
        return max(now, self.start_at) if self.start_at else now

    def as_of(self, now: datetime) -> Self:
        """Return the details without a start that has come: access then starts at once."""
        return replace(self, start_at=self.start_at if self.starts(now) > now else None)

    def values(self) -> dict[str, Any]:
        """Return all values by the name of their field."""
        return {name: getattr(self, name) for name in self.names()}

    def given(self) -> dict[str, Any]:
        """Return the values that are not blank.

        Fingerprints cover only these, so that a new field does not change the fingerprints of earlier requests.
        """
        return {name: _plain(value) for name, value in self.values().items() if value}

    def texts(self) -> dict[str, str]:
        """Return all values as a form shows them."""
        return {name: _as_text(value) for name, value in self.values().items()}

    def facts(self) -> dict[str, str]:
        """Return the texts by the labels that people read."""
        return {
            field.metadata[LABEL]: getattr(self, field.name)
            for field in fields(self)
            if LABEL in field.metadata
        }

    def log_labels(self) -> dict[str, str]:
        """Return the texts that are not blank, and what was chosen, as labels of a log entry."""
        return {
            name: _as_text(value)
            for name, value in self.given().items()
            if isinstance(value, str | bool)
        }


def _plain(value: object) -> object:
    """Return an instant in seconds, for fingerprints."""
    return int(value.timestamp()) if isinstance(value, datetime) else value


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return CHOSEN if value else ""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
    return "" if value is None else str(value)
