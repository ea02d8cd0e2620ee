"""The control interface of the simulator."""

from typing import Any

import pytest
from google.auth import jwt

from simulator import Simulator
from tests.simulator.client import Google


def ask(google: Google, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    answer = google.raw(method, f"/simulator/{path}", json=body)
    return answer.status, answer.json()


def test_it_says_what_it_can_do(google: Google) -> None:
    status, body = ask(google, "GET", "")
    assert status == 200
    assert "GET policies" in body["actions"]
    assert ask(google, "GET", "weather")[0] == 404


def test_policies_are_shown_raw_and_replaced(sim: Simulator, google: Google) -> None:
    assert ask(google, "GET", "policies/shop-prod") == (200, sim.company.policy("shop-prod"))
    assert ask(google, "GET", "policies/folders/10")[1]["bindings"]
    assert ask(google, "PUT", "policies/payroll", {"bindings": []})[0] == 200
    assert sim.company.policy("payroll")["bindings"] == []
    assert ask(google, "GET", "policies/mars")[0] == 400


def test_calls_are_listed_with_their_depth_and_forgotten(google: Google) -> None:
    google.policy()
    google.effective("payroll")
    google.raw("GET", "/iap/verify/public_key")
    _, body = ask(google, "GET", "calls")
    assert (len(body["calls"]), body["depth"]) == (3, 2)
    assert body["calls"][2]["body"] == ""
    assert len(ask(google, "GET", "calls/cloudasset.*")[1]["calls"]) == 1
    ask(google, "DELETE", "calls")
    assert ask(google, "GET", "calls")[1] == {"calls": [], "depth": 0}


def test_faults_are_ordered_and_cleared(google: Google) -> None:
    fault = {"api": "cloudresourcemanager.projects.get", "status": 503, "times": None}
    assert ask(google, "POST", "faults", fault)[0] == 200
    assert google.get("/v3/projects/payroll")[0] == 503
    ask(google, "DELETE", "faults")
    assert google.get("/v3/projects/payroll")[0] == 200


def test_knobs_are_shown_and_turned(sim: Simulator, google: Google) -> None:
    status, knobs = ask(google, "PUT", "knobs", {"latency": 0.01, "page_size": 2})
    assert (status, knobs["latency"], knobs["empty_pages"]) == (200, 0.01, False)
    assert (sim.latency, sim.page_size) == (0.01, 2)
    assert ask(google, "GET", "knobs")[1] == knobs


def test_the_company_changes_by_name(sim: Simulator, google: Google) -> None:
    assert ask(google, "POST", "company/add_user", {"email": "zoe@example.com"})[0] == 200
    assert "zoe@example.com" in sim.company.users


def test_assertions_are_signed_for_other_identity_sources_too(
    sim: Simulator, google: Google
) -> None:
    changed = {"sub": "sts.google.com:AAA", "identity_source": "WORKFORCE_IDENTITY"}
    asked = {"email": "alice@example.com", "claims": changed}
    status, answer = ask(google, "POST", "assertions", asked)
    assert status == 200
    keys = sim.iap.public_keys()
    claims = jwt.decode(answer["assertion"], certs=keys, audience=sim.audience)
    assert claims["email"] == "alice@example.com"
    assert changed.items() <= claims.items()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "company/__init__", {}),
        ("POST", "company/add_user", {"name": "zoe"}),
        ("POST", "faults", {"status": 500}),
        ("POST", "assertions", {"claims": {}}),
        ("POST", "faults", {"api": "x", "colour": "red"}),
        ("PUT", "knobs", {"colour": "red"}),
    ],
)
def test_an_invalid_call_is_400_and_named(
    google: Google, method: str, path: str, body: Any
) -> None:
    status, answer = ask(google, method, path, body)
    assert status == 400
    assert answer["message"]


def test_pages_of_other_sites_are_refused(google: Google) -> None:
    headers = {"Origin": "https://evil.example"}
    assert google.raw("DELETE", "/simulator/calls", headers=headers).status == 403


def test_it_does_not_count_as_a_call(sim: Simulator, google: Google) -> None:
    ask(google, "GET", "knobs")
    assert len(sim.calls) == 0
