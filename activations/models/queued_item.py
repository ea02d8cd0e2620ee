"""A request in the reviewers' queue: a list of its own in the admin, with its own permission."""

from __future__ import annotations

from activations.models.request import Request


class QueuedItem(Request):
    """The same row under another name, because Django's admin allows one list per model."""

    class Meta:
        proxy = True
        verbose_name = "request to review"
        verbose_name_plural = "requests to review"
