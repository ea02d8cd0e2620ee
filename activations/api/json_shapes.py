"""Converts dataclasses to JSON and back: camelCase names, instants as epoch seconds, nulls included."""

from __future__ import annotations

import types
import uuid
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from activations.domain.request_details import JSON_NAME
from activations.domain.rules import Refusal, check_text
from activations.domain.starts import from_seconds

T = TypeVar("T")

KINDS = {str: "text", int: "a whole number", bool: "true or false"}


def camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.title() for part in tail)


def json_name(field: Field[Any]) -> str:
    """Return the name of the JSON property of a field."""
    return str(field.metadata.get(JSON_NAME) or camel(field.name))


def to_json(value: Any) -> Any:
    """Convert a value to what `json.dumps` accepts."""
    if value is None or type(value) in KINDS:
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return {key: to_json(getattr(value, name)) for name, key in _keys(type(value))}
    if isinstance(value, datetime):
        return int(value.timestamp())
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    return value


@cache
def _keys(kind: type) -> tuple[tuple[str, str], ...]:
    """Return the fields of a dataclass, each with the name of its JSON property."""
    return tuple((field.name, json_name(field)) for field in fields(kind))


def from_json(kind: type[T], body: Any) -> T:
    """Return an instance of a flat dataclass from a JSON object; null counts as missing.

    :raises Refusal: when a field has the wrong type; the message names it.
    """
    if not isinstance(body, dict):
        raise Refusal("Send a JSON object")
    hints = get_type_hints(kind)
    given = {
        field.name: _read(name, hints[field.name], body[name])
        for field in fields(kind)  # type: ignore[arg-type]  # only dataclasses are passed
        if body.get(name := json_name(field)) is not None
    }
    return kind(**given)


def _read(name: str, hint: Any, value: Any) -> Any:
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise Refusal(f"{name} must be a list")
        return tuple(_read(name, get_args(hint)[0], item) for item in value)
    if get_origin(hint) in {Union, types.UnionType}:  # of a type and None, which counts as missing
        (hint,) = (part for part in get_args(hint) if part is not type(None))
    if hint is datetime:
        return from_seconds(_read(name, int, value))
    # JSON's true is an int to Python.
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise Refusal(f"{name} must be {KINDS[hint]}")
    return check_text(name, value) if isinstance(value, str) else value


def schema(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON Schema of a type; collects dataclasses in `definitions`."""
    simple: dict[Any, dict[str, Any]] = {
        str: {"type": "string"},
        int: {"type": "integer"},
        bool: {"type": "boolean"},
        uuid.UUID: {"type": "string", "format": "uuid"},
        datetime: {"type": "integer", "description": "Seconds since 1970-01-01T00:00:00Z"},
        type(None): {"type": "null"},
    }
    if hint in simple:
        return simple[hint]
    if get_origin(hint) in {Union, types.UnionType}:
        return {"anyOf": [schema(part, definitions) for part in get_args(hint)]}
    if get_origin(hint) is tuple:
        return {"type": "array", "items": schema(get_args(hint)[0], definitions)}
    if issubclass(hint, Enum):
        return {"type": "string", "enum": [member.value for member in hint]}
    return _object(hint, definitions)


def _object(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    if kind.__name__ not in definitions:
        definitions[kind.__name__] = {}
        hints = get_type_hints(kind)
        definitions[kind.__name__] = {
            "type": "object",
            "description": (kind.__doc__ or "").strip(),
            "properties": {json_name(f): schema(hints[f.name], definitions) for f in fields(kind)},
            "required": [json_name(f) for f in fields(kind) if _is_required(f)],
        }
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


def _is_required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING
