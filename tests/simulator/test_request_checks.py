"""Tokens, scopes, parameters and bodies are checked before any work."""

from typing import Any

import pytest

from simulator import Simulator
from tests.simulator.client import GROUPS_READ, Google, message

READ = "/v3/projects/shop-prod:getIamPolicy"
WRITE = "/v3/projects/shop-prod:setIamPolicy"


def test_no_token_is_401_with_a_challenge(google: Google) -> None:
    answer = google.raw("POST", READ, json={})
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["error"]["status"] == "UNAUTHENTICATED"
    assert answer.json()["error"]["details"][0]["reason"] == "CREDENTIALS_MISSING"


@pytest.mark.parametrize("header", ["Bearer made-up", "Basic YTpi", "Bearer"])
def test_a_foreign_token_is_401(google: Google, header: str) -> None:
    assert google.raw("POST", READ, json={}, headers={"Authorization": header}).status == 401


def test_expired_and_revoked_tokens_are_401(sim: Simulator, google: Google) -> None:
    google.headers = {"Authorization": f"Bearer {sim.token(lifetime=-1)}"}
    assert google.post(READ, {})[0] == 401
    google.headers = {"Authorization": f"Bearer {sim.token()}"}
    assert google.post(READ, {})[0] == 200
    sim.tokens.revoke_all()
    assert google.post(READ, {})[0] == 401


def test_resource_apis_want_the_cloud_platform_scope(sim: Simulator, google: Google) -> None:
    google.headers = {"Authorization": f"Bearer {sim.token(GROUPS_READ)}"}
    status, body = google.post(READ, {})
    assert status == 403
    assert body["error"]["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


def test_a_read_only_token_cannot_write(sim: Simulator, google: Google) -> None:
    read_only = sim.token("https://www.googleapis.com/auth/cloud-platform.read-only")
    google.headers = {"Authorization": f"Bearer {read_only}"}
    assert google.post(READ, {})[0] == 200
    assert google.post(WRITE, {"policy": {}})[0] == 403


def test_directory_does_not_accept_cloud_platform_and_says_so_in_the_old_shape(
    google: Google,
) -> None:
    status, body = google.get("/admin/directory/v1/groups", customer="my_customer")
    assert status == 403
    assert body["error"]["errors"][0]["reason"] == "insufficientPermissions"
    assert "status" not in body["error"]


def test_an_unknown_parameter_is_400_in_googles_words(google: Google) -> None:
    answer = google.get("/v3/projects:search", querry="x")
    assert answer[0] == 400
    assert message(answer) == (
        'Invalid JSON payload received. Unknown name "querry": Cannot bind query parameter. '
        "Field 'querry' could not be found in request message."
    )


def test_standard_parameters_are_known(google: Google) -> None:
    assert google.get("/v3/projects:search", alt="json", prettyPrint="false")[0] == 200


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"pageSize": "many"}, "Invalid value at 'pageSize' (TYPE_INT32), \"many\""),
        ({"pageSize": ["1", "2"]}, "not repeating"),
        ({"pageSize": "-1"}, "negative"),
    ],
)
def test_values_must_have_the_type(google: Google, params: dict[str, Any], words: str) -> None:
    answer = google.get("/v3/projects:search", **params)
    assert answer[0] == 400
    assert words in message(answer)


def test_required_parameters_are_required(google: Google) -> None:
    answer = google.get("/v1/organizations/7/effectiveIamPolicies:batchGet")
    assert answer[0] == 400
    assert message(answer) == "Missing required field: names"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"option": {}}, 'Unknown name "option": Cannot find field.'),
        ({"options": {"version": 3}}, "Unknown name \"version\" at 'options': Cannot find field."),
        ({"options": 3}, "Invalid value at 'options' (type message)"),
        ({"options": {"requestedPolicyVersion": "x"}}, '(TYPE_INT32), "x"'),
        ({"options": {"requestedPolicyVersion": True}}, '(TYPE_INT32), "True"'),
        ([], "Root element must be a message."),
    ],
)
def test_bodies_must_fit_the_message(google: Google, body: Any, words: str) -> None:
    answer = google.post(READ, body)
    assert answer[0] == 400
    assert words in message(answer)


def test_fields_deep_inside_a_policy_are_checked(google: Google) -> None:
    binding = {"role": "roles/browser", "member": "user:bob@example.com"}
    answer = google.post(WRITE, {"policy": {"bindings": [binding]}})
    assert message(answer) == (
        "Invalid JSON payload received. Unknown name \"member\" at 'policy.bindings[0]': "
        "Cannot find field."
    )
    violation = answer[1]["error"]["details"][0]["fieldViolations"][0]
    assert violation["field"] == "policy.bindings[0]"


@pytest.mark.parametrize("bindings", [{}, "x", ["x"], [{"members": "x"}], [{"members": [1]}]])
def test_lists_must_be_lists(google: Google, bindings: Any) -> None:
    assert google.post(WRITE, {"policy": {"bindings": bindings}})[0] == 400


def test_null_stands_for_absent(google: Google) -> None:
    assert google.post(READ, {"options": None})[0] == 200


def test_a_body_that_is_not_json_is_400(google: Google) -> None:
    answer = google.raw("POST", READ, body=b"{", headers=google.headers)
    assert answer.status == 400


def test_a_body_where_none_belongs_is_400(google: Google) -> None:
    answer = google.raw("GET", "/v3/projects/payroll", json={"a": 1}, headers=google.headers)
    assert answer.status == 400


def test_a_path_that_no_service_has_is_404(google: Google) -> None:
    assert google.get("/v3/planets/mars")[0] == 404


def test_a_get_may_travel_as_a_post(google: Google) -> None:
    name = "//cloudresourcemanager.googleapis.com/projects/shop-prod"
    answer = google.raw(
        "POST",
        "/v1/organizations/7/effectiveIamPolicies:batchGet",
        body=f"names={name}&alt=json".encode(),
        headers=google.headers
        | {
            "X-HTTP-Method-Override": "GET",
            "Content-Type": "application/x-www-form-urlencoded",
        },
    )
    assert answer.status == 200
    assert answer.json()["policyResults"][0]["fullResourceName"] == name
    assert google.sim.calls[-1].method == "GET"
