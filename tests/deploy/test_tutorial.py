"""Follows docs/tutorial.md step by step, with the values of the page itself."""

from __future__ import annotations

import json
import re
import urllib.request
from typing import Any

import pytest

from simulator import Simulator
from tests.activations.pages.approvals import BOB, CAROL, pending_request_url
from tests.activations.pages.reading import Page
from tests.activations.pages.shop import filled_in, roles_page
from tests.architecture.repository import ROOT
from tests.conftest import PersonClient
from tests.journeys.shop import activations_of

TUTORIAL = (ROOT / "docs/tutorial.md").read_text()
GOOGLE = "http://localhost:8085"
pytestmark = pytest.mark.django_db


def said(pattern: str) -> str:
    """Return a value from the tutorial, so that the test follows the page."""
    (first, *_) = re.findall(pattern, TUTORIAL, re.DOTALL)
    return str(first)


def fetch(simulated: Simulator, address: str, body: str = "") -> Any:
    """Return an address of the tutorial, at this simulator."""
    request = urllib.request.Request(
        address.replace(GOOGLE, simulated.url),
        data=body.encode() or None,
        headers={"Content-Type": "application/json"} if body else {},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def test_activating_and_ending(alice: PersonClient, simulated: Simulator) -> None:
    assert said(r"1\. \*([^*]+)\* lists") in Page(alice.get("/")).heading
    names = re.findall(r"Tick `(roles/[\w.]+)` and `(roles/[\w.]+)`", TUTORIAL)[0]
    why = said(r"type `(CASE-[^`]+)`")
    chosen = [f"shop-prod:{name}" for name in names]
    form = filled_in(roles_page(alice), *chosen, minutes="30", justification=why)
    sent = alice.post("/activate", form)
    result = Page(alice.get(sent["Location"]))
    assert all("Active" in result.row(name) for name in names)
    policy = fetch(simulated, said(r"curl -s (http://localhost:8085/simulator/policies/shop-prod)"))
    assert why.split()[0] in json.dumps(policy)
    for name in names:
        (binding,) = activations_of(policy, "alice@example.com", name)
        assert binding["condition"]["title"] == said(r"The title is `([^`]+)`")
    give_back(alice, result)
    after = simulated.company.policy("shop-prod")
    assert sorted(len(activations_of(after, "alice@example.com", name)) for name in names) == [0, 1]
    assert "run.admin" in Page(alice.get("/activity")).text


def give_back(person: PersonClient, page: Page) -> None:
    address = next(url for words, url in page.links().items() if words.startswith("End access"))
    question = Page(person.get(address))
    assert person.post(address, question.forms[address].fields).status_code == 303


def test_requesting_and_deciding(
    alice: PersonClient, bob: PersonClient, simulated: Simulator
) -> None:
    role = said(r"choose `(roles/[\w.]+)`, which needs approval")
    request = pending_request_url(alice, BOB, CAROL, role=f"shop-prod:{role}", minutes="30")
    assert activations_of(simulated.company.policy("shop-prod"), "alice@example.com", role) == []
    assert "Approve" not in [b.text for b in Page(alice.get(request)).all("button")]
    assert request in Page(bob.get("/reviews")).links().values()
    decision = Page(bob.get(request)).forms[f"{request}/approve"]
    assert bob.post(f"{request}/approve", decision.fields).status_code == 303
    assert "Active" in Page(alice.get(request)).row(role)
    assert (
        len(activations_of(simulated.company.policy("shop-prod"), "alice@example.com", role)) == 1
    )


@pytest.mark.parametrize("name", ["olga", "audrey"])
def test_reading_the_evidence(name: str, request: pytest.FixtureRequest) -> None:
    assert request.getfixturevalue(name).get("/admin/").status_code == 200


def test_charlie_before(charlie: PersonClient) -> None:
    assert charlie.get("/admin/").status_code == 403
    assert "no eligible roles" in Page(charlie.get("/projects/shop-prod")).text


def test_making_charlie_eligible(charlie: PersonClient, simulated: Simulator) -> None:
    address = said(r"(http://localhost:8085/simulator/company/bind)")
    body = said(r"-d '(\{.*?\})'\n")
    fetch(simulated, address, body)
    misspelt = said(r"and `(has\(\{\}\.jitAccesConstraint\))`")
    odd = json.loads(body) | {"role": "roles/browser", "condition_expression": misspelt}
    fetch(simulated, address, json.dumps(odd))
    page = roles_page(charlie)
    assert "logging.viewer" in page.row(json.loads(body)["role"])
    assert "jitAccesConstraint" in page.text
    assert not any("roles/browser" in row.text for row in page.all("tr"))
