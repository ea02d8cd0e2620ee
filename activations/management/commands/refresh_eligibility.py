"""`manage.py refresh_eligibility`: read who may activate what in the whole organization, for lists."""

from __future__ import annotations

import shutil
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from activations.jobs import refresh_once
from activations.reporting.job_runs import noted
from eligibility.index import turn
from eligibility.index.run import summary
from eligibility.models import Refresh
from googlecloud.errors import GoogleCloudError

WITHOUT_END = 24 * 3600.0
INTERRUPTED = 130  # as shells report Ctrl-C


class Command(BaseCommand):
    help = (
        "Reads projects, eligible bindings, groups and role titles of the whole organization into the"
        " database; lists are served from there. Continues a run that was interrupted. Ends with 0 also"
        " when another run is in progress, and with 1 when Google does not answer: what was served"
        " before is still served, and the next run continues."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--full", action="store_true", help="read all groups again, not only older ones"
        )
        parser.add_argument(
            "--seconds", type=float, default=WITHOUT_END, help="stop after this time"
        )

    def handle(self, *args: Any, full: bool, seconds: float, **options: Any) -> None:
        self._phase = ""
        self._is_line_open = False
        try:
            with noted("refresh", clock=timezone.now):
                refresh = refresh_once(seconds=seconds, is_full=full, progress=self._progress)
        except GoogleCloudError as error:
            raise CommandError(
                f"The index was not refreshed: {error}. What was served before is still served;"
                " the next run continues."
            ) from error
        except KeyboardInterrupt:
            raise CommandError(
                "Stopped. What was served before is still served; the next run continues.",
                returncode=INTERRUPTED,
            ) from None
        finally:
            self._end_line()
        self.stdout.write(_result(refresh))

    def _progress(self, refresh: Refresh) -> None:
        """Update one line on a terminal; elsewhere write a line for each phase."""
        if self.stderr.isatty():
            # A line that wraps cannot be overwritten as a whole.
            shown = _line(refresh)[: shutil.get_terminal_size().columns - 1]
            self._write(f"\r\x1b[K{shown}", ending="")
            self._is_line_open = True
            if refresh.status == Refresh.Status.COMPLETE:
                self._end_line()
        elif refresh.phase != self._phase:
            self._write(_line(refresh))
        self._phase = refresh.phase

    def _end_line(self) -> None:
        """Leave the line of the progress, so that messages begin on one of their own."""
        if self._is_line_open:
            self._write("")
        self._is_line_open = False

    def _write(self, text: str, ending: str = "\n") -> None:
        # Django shows everything on standard error in red, as errors; progress is none.
        self.stderr.write(text, style_func=str, ending=ending)
        self.stderr.flush()


def _line(refresh: Refresh) -> str:
    phases = list(Refresh.Phase)
    number = phases.index(Refresh.Phase(refresh.phase)) + 1
    bar = "#" * number + "." * (len(phases) - number)
    return f"[{bar}] {refresh.get_phase_display()} ({summary(refresh)})"


def _result(refresh: Refresh | None) -> str:
    if refresh is None:
        seconds = turn.HELD.total_seconds()
        return (
            f"Another run is in progress. A run that died is replaced after {seconds:.0f} seconds."
        )
    if refresh.status == Refresh.Status.COMPLETE:
        return f"The index is complete ({summary(refresh)})"
    return f"Time is up; the next run continues with {refresh.get_phase_display()} ({summary(refresh)})"
