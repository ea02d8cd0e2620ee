"""Every page passes axe's rules: light, dark, and as narrow as a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import AsPerson
from tests.browser.test_activation import request_access

PAGES = {
    "the start": ("alice", "/"),
    "roles of every kind": ("alice", "/projects/shop-prod"),
    "warnings": ("alice", "/projects/shop-staging"),
    "no roles": ("charlie", "/projects/shop-prod"),
    "matching projects": ("alice", "/projects?q=prod"),
    "an explanation": ("alice", "/explain?project=shop-staging&role=roles/redis.admin"),
    "an explanation without details": (
        "charlie",
        "/explain?project=shop-prod&role=roles/run.admin",
    ),
    "an explanation with commands": (
        "olga",
        "/admin/explain/?user=alice@example.com&project=data-lake&role=roles/bigquery.jobUser",
    ),
    "activity": ("alice", "/activity"),
    "no activity": ("charlie", "/activity"),
    "choosing a person": ("alice", "/_gcp_iap/sign_in"),
    "admin": ("olga", "/admin/"),
    "history of requests": ("audrey", "/admin/activations/request/"),
    "history of grants": ("audrey", "/admin/activations/grant/"),
    "evidence": ("audrey", "/admin/activations/event/"),
    "eligibility": ("audrey", "/admin/activations/eligiblemember/"),
    "export of eligibility": ("audrey", "/admin/activations/eligiblemember/export/"),
    "the eligibility index": ("audrey", "/admin/eligibility-index/"),
    "the doctor": ("olga", "/admin/doctor/"),
    "lint": ("audrey", "/admin/lint/"),
    "the list of reports": ("audrey", "/admin/reports/"),
    "a report": ("audrey", "/admin/reports/activations/"),
    "who holds what": ("audrey", "/admin/reports/holders/"),
    "the access policy": ("audrey", "/admin/access-policy/"),
    "proposing an access policy": ("olga", "/admin/access-policy/propose/"),
}
REFUSALS = {
    "a link of the original": ("alice", "/?activation=abc", 404),
    "nothing there": ("alice", "/no-such-page", 404),
    "not for everybody": ("alice", "/admin/", 403),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_in_every_look(as_person: AsPerson, name: str) -> None:
    person, path = PAGES[name]
    visitor = as_person(person)
    visitor.go(path)
    assert visitor.problems() == []


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_is_accessible_in_every_look(as_person: AsPerson, name: str) -> None:
    person, path, status = REFUSALS[name]
    visitor = as_person(person)
    visitor.go(path, status=status)
    assert visitor.problems() == []


def test_the_result_of_a_request_is_accessible_in_every_look(as_person: AsPerson) -> None:
    visitor = as_person("alice")
    visitor.go("/projects/billing-prod")
    visitor.role_box("roles/bigquery.dataViewer").check()
    request_access(visitor.page, "CASE-1 to look at")
    expect(visitor.page.get_by_role("status").first).to_contain_text("Active")
    assert visitor.problems() == []


def test_the_open_list_of_projects_is_accessible_in_every_look(as_person: AsPerson) -> None:
    visitor = as_person("alice")
    visitor.go("/projects").get_by_role("combobox", name="Project").press_sequentially("prod")
    expect(visitor.page.get_by_role("option").first).to_be_visible()
    visitor.page.keyboard.press("ArrowDown")
    assert visitor.problems() == []
