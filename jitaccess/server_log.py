"""gunicorn's own log, without a line for each request."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]  # it ships no types


class ServerLog(Logger):  # type: ignore[misc]  # untyped base
    """The application logs each request; gunicorn would compose a second line, and then drop it."""

    def access(self, *args: Any, **kwargs: Any) -> None:
        return None
