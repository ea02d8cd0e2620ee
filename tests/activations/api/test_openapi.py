"""The OpenAPI document describes the API, and every answer matches it."""

from __future__ import annotations

import json
import uuid
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # ships no types
import pytest
from openapi_spec_validator import validate

from activations.api.answers import GrantList, RequestAnswer
from activations.api.json_shapes import camel, schema
from simulator import Simulator
from tests.conftest import PersonClient
from tests.journeys.shop import ACTIVATE, PROJECT, TEN_ROLES, activate, activation_body

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.fixture
def document(alice: PersonClient) -> dict[str, Any]:
    """Return the OpenAPI document of the server."""
    found: dict[str, Any] = alice.api_get("/api/openapi.json").json()
    return found


def check(document: dict[str, Any], path: str, method: str, answer: Any) -> None:
    """Check that the document describes the status and the body of this answer."""
    responses = document["paths"][path][method]["responses"]
    assert str(answer.status_code) in responses, (path, answer.status_code)
    described = responses[str(answer.status_code)]["content"]["application/json"]["schema"]
    jsonschema.validate(
        answer.json(),
        described | {"components": document["components"]},
        cls=jsonschema.Draft202012Validator,
    )


def without_extra_properties(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with all undescribed properties forbidden."""
    for definition in document["components"]["schemas"].values():
        if definition["description"] and "message" not in definition["properties"]:
            definition["additionalProperties"] = False
    return document


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    validate(document)
    assert document["openapi"].startswith("3.1")


def test_every_operation_has_its_own_name_and_summary(document: dict[str, Any]) -> None:
    operations = [op for path in document["paths"].values() for op in path.values()]
    names = [op["operationId"] for op in operations]
    assert names
    assert len(names) == len(set(names))
    assert all(op["summary"] for op in operations)
    assert all("X-JITACCESS" in [p["name"] for p in op["parameters"]] for op in operations)


def test_the_document_has_the_original_paths(document: dict[str, Any]) -> None:
    assert document["paths"].keys() >= {
        "/api/policy",
        "/api/projects",
        "/api/projects/{project_id}/roles",
        "/api/projects/{project_id}/roles/self-activate",
        "/api/requests",
        "/api/requests/{request_id}",
        "/api/grants",
    }


def test_the_list_of_projects_describes_no_roles(
    document: dict[str, Any], charlie: PersonClient
) -> None:
    said = document["components"]["schemas"]["Projects"]["description"]
    assert "Without one, `indexedAt` is null" in said
    assert "shop-prod" in charlie.api_get("/api/projects").json()["projects"]


def test_answers_are_as_described(document: dict[str, Any], alice: PersonClient) -> None:
    strict = without_extra_properties(document)
    made = activate(alice, *TEN_ROLES[:3])
    roles = "/api/projects/{project_id}/roles"
    check(strict, f"{roles}/self-activate", "post", made)
    check(strict, roles, "get", alice.api_get(f"/api/projects/{PROJECT}/roles"))
    for path in ("/api/policy", "/api/projects", "/api/requests", "/api/grants"):
        check(strict, path, "get", alice.api_get(path))
    for role in ("roles/compute.admin", "roles/no.such"):
        asked = {"project": PROJECT, "role": role}
        check(strict, "/api/explain", "get", alice.api_get("/api/explain", **asked))
    one = alice.api_get(f"/api/requests/{made.json()['requestId']}")
    check(strict, "/api/requests/{request_id}", "get", one)
    assert one.json() == made.json()


def test_refusals_are_as_described(
    document: dict[str, Any], alice: PersonClient, charlie: PersonClient
) -> None:
    path = "/api/projects/{project_id}/roles/self-activate"
    check(document, path, "post", activate(charlie))
    check(document, path, "post", activate(alice, minutes=0))
    check(document, path, "post", alice.post(ACTIVATE, headers={"X-JITACCESS": "1"}))
    missing = alice.api_get(f"/api/requests/{uuid.uuid4()}")
    check(document, "/api/requests/{request_id}", "get", missing)
    check(document, "/api/requests", "get", alice.api_get("/api/requests", status="x"))
    check(document, "/api/grants", "get", alice.api_get("/api/grants", pageToken="x"))
    asked = {"project": PROJECT, "role": "roles/browser", "user": "alice@example.com"}
    check(document, "/api/explain", "get", charlie.api_get("/api/explain", **asked))
    check(document, "/api/explain", "get", charlie.api_get("/api/explain"))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 500, 503])
def test_failures_of_google_are_as_described(
    status: int,
    document: dict[str, Any],
    alice: PersonClient,
    simulated: Simulator,
    no_retry_delay: object,
) -> None:
    for api in ("cloudasset.*", "cloudresourcemanager.*"):
        simulated.faults.add(api, status=status, times=None)
    roles = "/api/projects/{project_id}/roles"
    check(document, roles, "get", alice.api_get(f"/api/projects/{PROJECT}/roles"))
    check(document, f"{roles}/self-activate", "post", activate(alice))
    check(document, "/api/projects", "get", alice.api_get("/api/projects"))
    asked = {"project": PROJECT, "role": "roles/compute.admin"}
    check(document, "/api/explain", "get", alice.api_get("/api/explain", **asked))


def test_bodies_are_as_described(document: dict[str, Any]) -> None:
    operation = document["paths"]["/api/projects/{project_id}/roles/self-activate"]["post"]
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    jsonschema.validate(activation_body(), body | {"components": document["components"]})
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(
            activation_body() | {"activationTimeout": "60"},
            body | {"components": document["components"]},
        )
    assert "Idempotency-Key" in [parameter["name"] for parameter in operation["parameters"]]


def test_missing_values_are_null(alice: PersonClient) -> None:
    body = activate(alice).json()
    assert body["entitlements"][0]["resourceCondition"] is None
    assert body["expiresAt"] is None
    roles = alice.api_get(f"/api/projects/{PROJECT}/roles").json()["entitlements"]
    assert roles
    assert all("validUntil" in role and "resourceCondition" in role for role in roles)


def test_instants_are_whole_epoch_seconds(alice: PersonClient) -> None:
    body = activate(alice).json()
    role = body["entitlements"][0]
    assert all(
        isinstance(moment, int)
        for moment in (role["startTime"], role["endTime"], body["requestedAt"])
    )
    assert role["endTime"] - role["startTime"] == 3600


def test_schemas_are_collected_once() -> None:
    definitions: dict[str, Any] = {}
    first = schema(RequestAnswer, definitions)
    assert schema(RequestAnswer, definitions) == first
    schema(GrantList, definitions)
    assert {"RequestAnswer", "GrantList", "Person"} <= definitions.keys()
    assert json.dumps(definitions)
    assert camel("next_page_token") == "nextPageToken"
