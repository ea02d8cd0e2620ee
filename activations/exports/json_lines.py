"""Rows as JSON Lines: one object per line, values verbatim."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from activations.domain.chain import timestamp
from activations.exports.columns import Layout, Row


def json_lines(rows: Iterable[Row], *, layout: Layout[Row], as_of: datetime) -> Iterator[str]:
    """Yield one JSON object per row, keys in the order of the columns."""
    names = layout.names
    encode = json.JSONEncoder(ensure_ascii=False, default=_plain).encode
    for row in rows:
        yield encode(dict(zip(names, layout.values(row, as_of), strict=True))) + "\n"


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return timestamp(value)
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON format")
