"""The OpenAPI document, generated from the endpoints."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.urls import URLPattern

from activations.api.answers import Problem
from activations.api.endpoint import Endpoint, Parameter
from activations.api.json_shapes import schema

PATH_PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
FORMATS = {"uuid": {"type": "string", "format": "uuid"}}
DESCRIPTION = (
    "Every call needs the header `X-JITACCESS: 1` and an identity from Identity-Aware Proxy."
    " Instants are seconds since 1970-01-01T00:00:00Z, durations are minutes."
)


def document(patterns: list[URLPattern]) -> dict[str, Any]:
    """Return OpenAPI 3.1 for the URL patterns whose views are endpoints."""
    definitions: dict[str, Any] = {}
    paths = {
        "/api/" + PATH_PARAMETER.sub(r"{\2}", str(pattern.pattern)): {
            endpoint.method.lower(): _operation(endpoint, str(pattern.pattern), definitions)
            for endpoint in getattr(pattern.callback, "endpoints", ())
        }
        for pattern in patterns
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "JIT Access",
            "version": settings.APPLICATION_VERSION,
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {path: operations for path, operations in paths.items() if operations},
        "components": {"schemas": dict(sorted(definitions.items()))},
    }


def _operation(endpoint: Endpoint, route: str, definitions: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": endpoint.summary,
        "operationId": f"{endpoint.method.lower()}_{endpoint.handler.__name__}",
        "parameters": [*_path_parameters(route), *map(_query_parameter, endpoint.query), HEADER],
        "responses": _responses(endpoint, definitions),
    }
    if endpoint.takes:
        operation["parameters"].append(IDEMPOTENCY)
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema(endpoint.takes, definitions)}},
        }
    return operation


HEADER = {
    "name": "X-JITACCESS",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "const": "1"},
}
IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Repetitions with the same key and body create only one request.",
    "schema": {"type": "string", "maxLength": 128},
}


def _path_parameters(route: str) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": FORMATS.get(kind, {"type": "string"}),
        }
        for kind, name in PATH_PARAMETER.findall(route)
    ]


def _query_parameter(parameter: Parameter) -> dict[str, Any]:
    kind: dict[str, Any] = schema(parameter.kind, {})
    if parameter.choices:
        kind = kind | {"enum": list(parameter.choices)}
    return {
        "name": parameter.name,
        "in": "query",
        "required": False,
        "description": parameter.description,
        "schema": kind,
    }


def _responses(endpoint: Endpoint, definitions: dict[str, Any]) -> dict[str, Any]:
    problem = {"application/json": {"schema": schema(Problem, definitions)}}
    good = {"application/json": {"schema": schema(endpoint.answers, definitions)}}
    answers: dict[str, Any] = {"200": {"description": "Success", "content": good}}
    for status in endpoint.errors:
        answers[str(status)] = {"description": HTTPStatus(status).phrase, "content": problem}
    return answers
