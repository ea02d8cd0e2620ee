"""The pages to request, review, end and extend pass axe's rules in every look."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import AsPerson
from tests.browser.test_activation import request_access
from tests.browser.visitor import Visitor

# Roles of billing-prod, because the other tests of approval use shop-prod.
ASK = "/ask?role=billing-prod:roles/cloudsql.admin"
PAGES = {
    "choosing reviewers": ("alice", ASK),
    "reviews": ("bob", "/reviews"),
    "a manager's reviews": ("maria", "/reviews"),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_in_every_look(as_person: AsPerson, name: str) -> None:
    person, path = PAGES[name]
    visitor = as_person(person)
    visitor.go(path)
    assert visitor.problems() == []


def test_the_bar_with_reviewers_is_accessible_in_every_look(as_person: AsPerson) -> None:
    visitor = as_person("alice")
    visitor.go("/projects/billing-prod")
    visitor.role_box("roles/cloudsql.admin").check()
    expect(visitor.page.get_by_role("group", name="Peers")).to_be_visible()
    assert visitor.problems() == []


def test_the_request_is_accessible_from_asking_to_extending(as_person: AsPerson) -> None:
    alice, bob = as_person("alice"), as_person("bob")
    alice.go(ASK)
    alice.page.get_by_role("button", name="Choose all").click()
    request_access(alice.page, "CASE-60 to look at")
    expect(alice.page.get_by_role("button", name="Withdraw")).to_be_visible()
    address = alice.path()
    assert alice.problems() == []
    bob.go("/reviews")
    assert bob.problems() == []
    bob.go(address)
    assert bob.problems() == []
    bob.page.get_by_role("button", name="Approve", exact=True).click()
    expect(bob.page.get_by_role("heading", level=1)).to_contain_text("has access")
    for name in ("Extend cloudsql.admin", "End access to cloudsql.admin"):
        look_at(alice, address, name)
    alice.page.get_by_role("button", name="End access").click()
    expect(alice.page.get_by_role("heading", level=1)).to_contain_text("has ended")
    assert alice.problems() == []


def look_at(visitor: Visitor, address: str, link: str) -> None:
    visitor.go(address)
    visitor.page.get_by_role("link", name=link).click()
    expect(visitor.page.get_by_role("heading", level=1)).to_contain_text("cloudsql.admin")
    assert visitor.problems() == []


def test_ending_everything_is_accessible(as_person: AsPerson) -> None:
    alice = as_person("alice")
    alice.go("/projects/shop-prod")
    alice.role_box("roles/pubsub.admin").check()
    request_access(alice.page, "CASE-7 queue is stuck")
    expect(alice.page.get_by_role("heading", level=1)).to_contain_text("You have access")
    alice.go("/access/end")
    assert alice.problems() == []
    alice.page.get_by_role("button", name="End all access").click()
    expect(alice.page.get_by_role("heading", level=1)).to_contain_text("All your access has ended")
    assert alice.problems() == []
