"""The formats in which the history can be exported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from activations.exports.csv_lines import csv_lines
from activations.exports.json_lines import json_lines


@dataclass(frozen=True, slots=True)
class Format:
    """Converts rows to lines; with the file's media type."""

    name: str
    label: str
    content_type: str
    lines: Callable[..., Iterator[str]]


FORMATS = {
    "csv": Format("csv", "CSV", "text/csv; charset=utf-8", csv_lines),
    "jsonl": Format("jsonl", "JSON Lines", "application/jsonl; charset=utf-8", json_lines),
}
