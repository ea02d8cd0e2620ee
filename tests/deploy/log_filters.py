"""Evaluates the part of Cloud Logging's filter language that our metrics use."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from typing import Any

TERM = re.compile(r"([\w.]+)(>=|[=>:])(.+)")
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
}


def received(entry: dict[str, Any]) -> dict[str, Any]:
    """Return a line of our log as Cloud Logging stores it."""
    own = {"severity", "httpRequest"}
    prefix = "logging.googleapis.com/"
    payload = {k: v for k, v in entry.items() if k not in own and not k.startswith(prefix)}
    stored = {name: entry[name] for name in own & set(entry)}
    return stored | {"labels": entry[f"{prefix}labels"], "jsonPayload": payload}


def matches(text: str, entry: dict[str, Any]) -> bool:
    """Return whether a filter of ANDs, or of such in an OR, selects this entry."""
    return any(
        all(_holds(term, entry) for term in alternative.strip("()").split(" AND "))
        for alternative in text.split(" OR ")
    )


def fields(text: str) -> set[str]:
    return {name for name, _, _ in TERM.findall(text.replace(" ", "\n").replace("(", ""))}


def _holds(term: str, entry: dict[str, Any]) -> bool:
    found = TERM.fullmatch(term)
    assert found, term
    name, comparison, wanted = found.groups()
    value = _value(name.split("."), entry)
    if value is None:
        return False
    if comparison == ":":
        return wanted.strip('"') in value
    if isinstance(value, int):
        return COMPARE[comparison](value, float(wanted))
    return COMPARE[comparison](value, wanted.strip('"'))


def _value(path: Iterable[str], entry: Any) -> Any:
    for name in path:
        entry = entry.get(name) if isinstance(entry, dict) else None
    return entry
