"""Compares our files with Google's descriptions of its APIs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import googleapiclient

DOCUMENTS = Path(googleapiclient.__file__).parent / "discovery_cache/documents"


@cache
def discovery(api: str) -> dict[str, Any]:
    """Return the discovery document of an API, such as `run.v1`."""
    return dict(json.loads((DOCUMENTS / f"{api}.json").read_text()))


def unknown_fields(value: Any, schema: str, *, api: str, path: str = "") -> Iterator[str]:
    """Return the paths that the schema does not have, or has with another type."""
    yield from _unknown(value, {"$ref": schema}, api, path or schema)


def _unknown(value: Any, kind: dict[str, Any], api: str, path: str) -> Iterator[str]:
    if "$ref" in kind:
        kind = discovery(api)["schemas"][kind["$ref"]]
    if {"properties", "additionalProperties"} & set(kind) and isinstance(value, dict):
        for name, inner in value.items():
            known = kind.get("properties", {}).get(name, kind.get("additionalProperties"))
            if known is None:
                yield f"{path}.{name}"
            else:
                yield from _unknown(inner, known, api, f"{path}.{name}")
    elif kind.get("type") == "array" and isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _unknown(inner, kind["items"], api, f"{path}[{index}]")
    else:
        yield from _wrong_value(value, kind, path)


def _wrong_value(value: Any, kind: dict[str, Any], path: str) -> Iterator[str]:
    types: dict[str, Any] = {
        "string": str,
        "integer": int,
        "boolean": bool,
        "number": (int, float),
    }
    if not isinstance(value, types.get(kind["type"], type(None))):
        yield f"{path} is {value!r}, not {kind['type']}"
