"""Starting and stopping the export: once in each worker and in each job, never at import."""

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
    """What this process exports, if anything."""

    def __init__(self) -> None:
        self.exporter: Exporter | None = None

    def start(self, instance: str = "") -> None:
        """Begin, if a collector is set; whatever is wrong with it keeps nobody from work."""
        if not settings.OTEL_EXPORTER_OTLP_ENDPOINT or self.exporter:
            return
        try:
            # Only here: without a collector nobody pays for loading it.
            exporter = import_module("jitaccess.telemetry.exporter").Exporter
            self.exporter = exporter(
                settings.OTEL_EXPORTER_OTLP_ENDPOINT, instance=instance or uuid4().hex
            )
        except Exception:
            logger.exception("Telemetry does not start", extra={"event": "telemetry.failed"})

    def stop(self) -> None:
        """Send what is left, within a few seconds."""
        exporter, self.exporter = self.exporter, None
        if exporter:
            exporter.close()


telemetry = Telemetry()


@contextmanager
def job(arguments: Sequence[str]) -> Iterator[None]:
    """Export while the command runs, if it is one of the jobs; `arguments` are the process's.

    Every run reports as the same instance: a run each minute would else be a new time series each.
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
