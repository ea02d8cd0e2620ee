"""Every page, as axe sees it: light, dark, and as narrow as a phone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import AsPerson
from tests.browser.test_activation import request_access
from tests.browser.visitor import Visitor

LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 360, "height": 740}, "has_touch": True},
    "phone at night": {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"},
}
PAGES = {
    "the start": ("alice", "/"),
    "roles of every kind": ("alice", "/?projectId=shop-prod"),
    "warnings": ("alice", "/?projectId=shop-staging"),
    "no roles": ("charlie", "/?projectId=shop-prod"),
    "matching projects": ("alice", "/projects?q=prod"),
    "activity": ("alice", "/activity"),
    "no activity": ("charlie", "/activity"),
    "a link of the original": ("alice", "/?activation=abc"),
    "choosing a person": ("alice", "/_gcp_iap/sign_in"),
    "admin": ("olga", "/admin/"),
    "history of requests": ("audrey", "/admin/activations/request/"),
    "history of grants": ("audrey", "/admin/activations/grant/"),
    "evidence": ("audrey", "/admin/activations/event/"),
}


def make_a_request(visitor: Visitor) -> None:
    visitor.go("/?projectId=billing-prod")
    visitor.role_box("roles/bigquery.dataViewer").check()
    request_access(visitor.page, "CASE-1 to look at")
    expect(visitor.page.get_by_role("status").first).to_contain_text("Active")


def is_wider_than_the_screen(visitor: Visitor) -> bool:
    width: bool = visitor.page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
    return width


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible(as_person: AsPerson, name: str, look: str) -> None:
    person, path = PAGES[name]
    visitor = as_person(person, **LOOKS[look])
    visitor.go(path)
    assert visitor.accessibility_problems() == []


@pytest.mark.parametrize("look", LOOKS)
def test_the_result_of_a_request_is_accessible(as_person: AsPerson, look: str) -> None:
    visitor = as_person("alice", **LOOKS[look])
    make_a_request(visitor)
    assert visitor.accessibility_problems() == []
    assert not is_wider_than_the_screen(visitor)


@pytest.mark.parametrize(
    "name", [name for name, (_, path) in PAGES.items() if "/admin" not in path]
)
def test_a_page_fits_the_width_of_a_phone(as_person: AsPerson, name: str) -> None:
    person, path = PAGES[name]
    visitor = as_person(person, **LOOKS["phone"])
    visitor.go(path)
    assert not is_wider_than_the_screen(visitor)


def test_the_open_list_of_projects_is_accessible(as_person: AsPerson) -> None:
    visitor = as_person("alice")
    visitor.page.get_by_label("Project").press_sequentially("prod")
    expect(visitor.page.get_by_role("option").first).to_be_visible()
    visitor.page.keyboard.press("ArrowDown")
    assert visitor.accessibility_problems() == []
