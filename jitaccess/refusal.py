"""Reports why a process cannot start or a command failed: one log entry, then a short text, then its end."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.db import Error

from activations.database_faults import described, fault_of
from googlecloud.errors import GoogleCloudError
from jitaccess.logging import CloudLoggingFormatter, OneWriteHandler

# gunicorn starts a worker again and again, except after this status.
APPLICATION_CANNOT_BE_LOADED = 4


class StartRefused(Exception):
    """The server would do harm or serve nobody in this state; the text says what to do."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@contextmanager
def refusing(*, status: int = 1) -> Iterator[None]:
    """End the process with this status when it cannot start, after saying why."""
    try:
        yield
    except (ImproperlyConfigured, StartRefused) as error:
        problems = getattr(error, "problems", (str(error),))
        labels = {"event": "runtime.refused", "problems": list(problems)}
        _log(f"JIT Access cannot start: {' '.join(problems)}", logging.CRITICAL, labels)
        _end(f"JIT Access cannot start. {error}", status)


@contextmanager
def reporting(arguments: Sequence[str]) -> Iterator[None]:
    """End a command that fails; `arguments` are the process's. With `--traceback`, errors stay as they are."""
    command = "".join(arguments[1:2])
    try:
        with refusing():
            yield
    except CommandError:
        raise
    except SystemExit as end:
        # Django has written the text of a CommandError for people, and ends with its status.
        if cause := _outage_behind(end.__context__):
            job_failed(command, cause)
        raise
    except Exception as error:
        if "--traceback" in arguments:
            raise
        text = job_failed(command, error)
        _end(f"{command} failed. {text}", 1)


def _outage_behind(error: BaseException | None) -> Exception | None:
    """Return the failure of Google or the database that a command reports with a text of its own."""
    cause = error.__cause__ if isinstance(error, CommandError) else None
    return cause if isinstance(cause, Error | GoogleCloudError) else None


def job_failed(name: str, error: Exception) -> str:
    """Log that a job or command failed, and return why. Only bugs are logged with a traceback."""
    is_outage = fault_of(error) is not None or isinstance(error, GoogleCloudError)
    text = described(error) if isinstance(error, Error) and is_outage else str(error)
    if not is_outage:
        text = f"{type(error).__name__}: {error}"
    labels = {"event": "job.failed", "labels": {"job": name}}
    _log(f"{name} failed: {text}", logging.ERROR, labels, error=None if is_outage else error)
    return text


def _log(
    message: str, level: int, extra: Mapping[str, object], *, error: Exception | None = None
) -> None:
    """Write one entry also where the settings, which configure logging, cannot be loaded."""
    logger = logging.getLogger("jitaccess.start")
    if logging.getLogger().handlers:
        logger.log(level, "%s", message, extra=extra, exc_info=error)
        return
    handler = OneWriteHandler()
    handler.setFormatter(CloudLoggingFormatter())
    exc_info = (type(error), error, error.__traceback__) if error else None
    handler.handle(
        logger.makeRecord(logger.name, level, "", 0, "%s", (message,), exc_info, None, dict(extra))
    )


def _end(text: str, status: int) -> None:
    sys.stderr.write(f"{text}\n")
    sys.exit(status)
