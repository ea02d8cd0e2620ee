"""Starts and stops the export once in each worker and each job, never at import."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING
from uuid import uuid4

from django.conf import settings

from jitaccess.telemetry.job_names import JOBS

if TYPE_CHECKING:
    from jitaccess.telemetry.exporter import Exporter

logger = logging.getLogger("jitaccess.telemetry")


class Telemetry:
    """The export of this process, if a collector is set."""

    def __init__(self) -> None:
        self.exporter: Exporter | None = None

    def start(self, instance: str = "") -> None:
        """Start if a collector is set; a failure to start does not stop the process."""
        if not settings.OTEL_EXPORTER_OTLP_ENDPOINT or self.exporter:
            return
        try:
            # Imported here, so that processes without a collector do not load it.
            exporter = import_module("jitaccess.telemetry.exporter").Exporter
            self.exporter = exporter(
                settings.OTEL_EXPORTER_OTLP_ENDPOINT, instance=instance or uuid4().hex
            )
        except Exception:
            logger.exception("Telemetry could not be started", extra={"event": "telemetry.failed"})

    def stop(self) -> None:
        """Export what is left, within a few seconds."""
        exporter, self.exporter = self.exporter, None
        if exporter:
            exporter.close()


telemetry = Telemetry()


@contextmanager
def job(arguments: Sequence[str]) -> Iterator[None]:
    """Export while the command runs, if it is one of the jobs; `arguments` are the process's.

    Every run reports as the same instance; otherwise each run would create a new time series.
    """
    name = "".join(arguments[1:2])
    if name in JOBS:
        telemetry.start(name)
    if telemetry.exporter is None:
        yield
        return
    try:
        with telemetry.exporter.spans.job(name):
            yield
    finally:
        telemetry.stop()
