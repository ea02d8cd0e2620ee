"""Makes objects of rows in less time, for lists and exports of many."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Self

from django.db import models
from django.db.models.base import ModelState


class QuickRows(models.Model):
    """Rows become objects without `__init__`, which takes most of the time of an export.

    So `__init__` is for new rows only, and signals of Django that tell of new objects are not sent for rows that
    were read. A column that was deferred is read when it is needed, as always.
    """

    class Meta:
        abstract = True

    @classmethod
    def from_db(
        cls, db: str | None, field_names: Collection[str], values: Collection[Any], **more: Any
    ) -> Self:
        """Return the object of a row; Django calls this for each, with the columns that were read.

        `more` is what later versions of Django keep with each row.
        """
        row = cls.__new__(cls)
        row.__dict__.update(zip(field_names, values, strict=True))
        state = ModelState()
        state.__dict__.update(more, adding=False, db=db)
        row._state = state  # noqa: SLF001  # as Django's `__init__` does
        return row
