"""The discovery documents of google-api-python-client: the parameters of each method."""

import functools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Any

Schema = dict[str, Any]

STANDARD_PARAMETERS = {"alt", "key", "fields", "prettyPrint", "quotaUser", "access_token"}


@dataclass(frozen=True, slots=True)
class Method:
    """One method of one API."""

    id: str
    document: "Document"
    http_method: str
    path: re.Pattern[str]
    parameters: dict[str, Schema]
    scopes: frozenset[str]
    request: Schema | None

    @property
    def query_parameters(self) -> dict[str, Schema]:
        """Return the parameters that are not in the path."""
        return {
            name: schema
            for name, schema in self.parameters.items()
            if schema["location"] == "query"
        }


@dataclass(frozen=True)
class Document:
    """A discovery document."""

    raw: dict[str, Any]

    @functools.cached_property
    def methods(self) -> dict[str, Method]:
        """All methods by id."""
        return {raw["id"]: self._method(raw) for raw in all_methods(self.raw)}

    @functools.cached_property
    def standard_parameters(self) -> set[str]:
        """Return the query parameters that every method accepts."""
        return STANDARD_PARAMETERS | set(self.raw["parameters"])

    def schema(self, reference: Schema) -> Schema:
        """Return the schema that a `$ref` names."""
        name = reference.get("$ref")
        found: Schema = self.raw["schemas"][name] if name else reference
        return found

    def _method(self, raw: dict[str, Any]) -> Method:
        parameters = raw.get("parameters", {})
        return Method(
            id=raw["id"],
            document=self,
            http_method=raw["httpMethod"],
            path=path_pattern(self.raw["servicePath"] + raw["path"], parameters),
            parameters=parameters,
            scopes=frozenset(raw.get("scopes", ())),
            request=raw.get("request"),
        )


@functools.cache
def document(name: str) -> Document:
    """Return the document with a name such as `cloudasset.v1`."""
    folder = resources.files("googleapiclient") / "discovery_cache" / "documents"
    return Document(json.loads((folder / f"{name}.json").read_text()))


def all_methods(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the methods of a document or resource, at any depth."""
    yield from node.get("methods", {}).values()
    for child in node.get("resources", {}).values():
        yield from all_methods(child)


def path_pattern(template: str, parameters: dict[str, Schema]) -> re.Pattern[str]:
    """Return the pattern of a method's path, with its parameters as groups."""
    parts = re.split(r"\{\+?(\w+)\}", template)
    pattern = ""
    for index, part in enumerate(parts):
        if index % 2:
            inner = parameters[part].get("pattern", "^[^/]+$").strip("^$")
            pattern += f"(?P<{part}>{inner})"
        else:
            pattern += re.escape(part)
    return re.compile(f"/{pattern}")
