"""The search for a project."""

from __future__ import annotations

import time
from typing import Any

import pytest

from eligibility import providers
from simulator import Simulator
from tests.activations.pages.reading import Page
from tests.conftest import PersonClient

SEARCH = "cloudresourcemanager.projects.search"


def completions(person: PersonClient, text: str) -> Any:
    return person.get("/projects", {"q": text}, headers={"Accept": "application/json"}).json()


def test_a_search_lists_ids_that_start_with_the_text_first(
    alice: PersonClient,
) -> None:
    assert completions(alice, "PROD") == {
        "projects": ["billing-prod", "shop-prod"],
        "names": {},
        "more": False,
    }
    assert completions(alice, "shop")["projects"] == ["shop-prod", "shop-staging"]
    assert completions(alice, "nothing-like-it")["projects"] == []


def test_without_scripts_results_are_links(alice: PersonClient) -> None:
    links = Page(alice.get("/projects", {"q": "prod"})).links()
    assert links["billing-prod"] == "/projects/billing-prod"
    assert links["shop-prod"] == "/projects/shop-prod"


@pytest.mark.parametrize("text", ["shop-prod", " Shop-Prod "])
def test_a_complete_id_opens_its_roles(alice: PersonClient, text: str) -> None:
    answer = alice.get("/projects", {"q": text})
    assert (answer.status_code, answer["Location"]) == (302, "/projects/shop-prod")


def test_a_project_that_is_not_listed_can_be_opened(alice: PersonClient) -> None:
    answer = alice.get("/projects", {"q": "Brand-new-project"})
    assert (answer.status_code, answer["Location"]) == (302, "/projects/brand-new-project")


def test_a_project_number_leads_to_the_page_that_names_the_id(alice: PersonClient) -> None:
    answer = alice.get("/projects", {"q": "200000000001"}, follow=True)
    assert answer.status_code == 400
    assert "'200000000001' is a project number" in Page(answer).text


@pytest.mark.parametrize("text", ["no", "no such", "nosuch_one", "x" * 40])
def test_an_incomplete_id_is_searched_for(alice: PersonClient, text: str) -> None:
    assert "No project found" in Page(alice.get("/projects", {"q": text})).text


def test_text_that_is_part_of_listed_ids_can_be_opened_as_an_id(alice: PersonClient) -> None:
    page = Page(alice.get("/projects", {"q": "shop-pro"}))
    assert page.links()["Open shop-pro"] == "/projects/shop-pro"


def test_malicious_text_is_escaped(alice: PersonClient) -> None:
    response = alice.get("/projects", {"q": '"><script>alert(1)</script>'})
    assert b"<script>alert" not in response.content
    assert "Not in the list?" not in response.content.decode()


@pytest.mark.slow
def test_fifty_thousand_projects_complete_quickly(
    alice: PersonClient, simulated: Simulator
) -> None:
    for number in range(50_000):
        simulated.company.add_project(f"team-{number:05d}", parent="folders/10")
    providers.reset()
    completions(alice, "warm")
    simulated.calls.clear()
    started = time.monotonic()
    found = completions(alice, "eam-4999")
    elapsed = time.monotonic() - started
    assert found["projects"] == [f"team-4999{n}" for n in range(10)]
    assert completions(alice, "team")["more"] is True
    assert len(completions(alice, "team")["projects"]) == 20
    assert len(simulated.calls.of(SEARCH)) == 0
    assert elapsed < 1


def test_without_an_answer_of_google_the_page_says_that_the_list_is_missing(
    alice: PersonClient, simulated: Simulator
) -> None:
    simulated.faults.add(SEARCH, status=403, message="Not for you", times=None)
    answer = alice.get("/projects", {"q": "x"})
    assert answer.status_code == 403
    assert "Not for you" in Page(answer).text
