"""A request as reviewers see it: its own list in the admin, with its own permission."""

from __future__ import annotations

from activations.models.request import Request


class QueuedItem(Request):
    """The same row under another name, because a list of the admin belongs to one model."""

    class Meta:
        proxy = True
        verbose_name = "request to review"
        verbose_name_plural = "requests to review"
