"""The JSON Schema of the document, for editors; it describes the shape, `check` knows the rest."""

from __future__ import annotations

import json
from typing import Any

from policies.document.shape import Document

TITLE = "Access policy of JIT Access"


def schema_text() -> str:
    """Return the schema as indented JSON that ends with a line feed."""
    schema = _without_noise(Document.model_json_schema(by_alias=True))
    named = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": TITLE,
        **{key: value for key, value in schema.items() if key != "title"},
    }
    return json.dumps(named, indent=2, ensure_ascii=False) + "\n"


def _without_noise(schema: Any, *, is_properties: bool = False) -> Any:
    """Drop titles that repeat keys, defaults that stand for "not given", and null as a value."""
    if isinstance(schema, list):
        return [_without_noise(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        key: _without_noise(value, is_properties=key in {"properties", "$defs"})
        for key, value in schema.items()
        if is_properties or key not in {"title", "default"}
    }
    options = [one for one in kept.pop("anyOf", ()) if one != {"type": "null"}]
    return kept | options[0] if options else kept
