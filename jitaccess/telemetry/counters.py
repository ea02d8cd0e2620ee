"""Counters and gauges derived from the log: every counted event is a log entry."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial

from opentelemetry.metrics import CallbackOptions, Counter, Meter, Observation


class Counters(logging.Handler):
    """Reads our log entries and counts them by the filters of docs/observability.md.

    Exports no text, label or name of an entry, except the event of a failure.
    """

    def __init__(self, meter: Meter) -> None:
        super().__init__(logging.INFO)
        self._meter = meter
        self._activations = meter.create_counter(
            "jitaccess.activations", "{role}", "Roles that people activated themselves"
        )
        self._approvals = meter.create_counter(
            "jitaccess.approvals", "{role}", "Roles that reviewers approved"
        )
        self._others = {
            "api.requestRole": meter.create_counter(
                "jitaccess.approval_requests", "{request}", "Requests for approval"
            ),
            "api.endAccess": meter.create_counter(
                "jitaccess.ends", "{grant}", "Grants that people ended early"
            ),
        }
        self._failures = meter.create_counter(
            "jitaccess.failures", "{failure}", "Entries of severity ERROR, by event"
        )
        self._numbers: dict[str, int] = {}
        self._gauges: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        event = getattr(record, "event", record.name)
        if record.levelno >= logging.ERROR:
            self._failures.add(1, {"event": event})
        elif event == "metrics":
            self._tell(getattr(record, "metrics", {}))
        elif counter := self._counter(event, getattr(record, "labels", {})):
            counter.add(1)

    def _counter(self, event: str, labels: dict[str, str]) -> Counter | None:
        if event == "api.activateRole":
            approved = str(labels.get("activation_id", "")).startswith("mpa-")
            return self._approvals if approved else self._activations
        return self._others.get(event)

    def _tell(self, numbers: dict[str, int]) -> None:
        """Export these numbers once, because the numbers of an earlier run are out of date."""
        self._numbers |= numbers
        for name in numbers.keys() - self._gauges:
            unit = "s" if name.endswith("_seconds") else "1"
            self._meter.create_observable_gauge(
                f"jitaccess.{name}", [partial(self._fresh, name)], unit
            )
        self._gauges |= numbers.keys()

    def _fresh(self, name: str, _: CallbackOptions) -> Iterable[Observation]:
        number = self._numbers.pop(name, None)
        return [] if number is None else [Observation(number)]
