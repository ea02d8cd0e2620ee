"""The point in time that a page of the admin shows: one per HTTP request."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone


def moment(request: HttpRequest) -> datetime:
    """Return the time that everything on this page refers to."""
    if not hasattr(request, "as_of"):
        set_moment(request, timezone.now())
    as_of: datetime = request.as_of  # type: ignore[attr-defined]  # set just above
    return as_of


def set_moment(request: HttpRequest, as_of: datetime) -> None:
    """Let the page show an earlier moment."""
    request.as_of = as_of  # type: ignore[attr-defined]  # a fact of the request, like its user


def forget_moment(request: HttpRequest) -> None:
    """Let the page show the current time again."""
    del request.as_of  # type: ignore[attr-defined]  # see moment
