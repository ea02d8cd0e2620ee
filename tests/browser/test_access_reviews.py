"""Access reviews in the browser: created, opened, decided, closed."""

from __future__ import annotations

from datetime import timedelta

from tests.browser.conftest import AsPerson
from tests.browser.visitor import Visitor
from tests.moments import now


def test_an_access_review_from_the_draft_to_the_patch(as_person: AsPerson) -> None:
    olga, bob = as_person("olga"), as_person("bob")
    address = opened(olga)
    decide(bob, address)
    page = olga.go(f"{address}close/")
    assert olga.problems() == []
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Download gcloud commands").wait_for()
    assert olga.problems() == []
    olga.go("/admin/access-reviews/")
    assert olga.problems() == []


def opened(olga: Visitor) -> str:
    """Create and open an access review; return its path."""
    page = olga.go("/admin/access-reviews/new/")
    page.get_by_label("Name").fill("Autumn")
    page.get_by_label("Reviewers").fill("bob@example.com\ncarol@example.com")
    page.get_by_label("Due date").fill((now() + timedelta(days=14)).date().isoformat())
    page.get_by_role("button", name="Count items").click()
    page.get_by_text("eligible bindings match").wait_for()
    assert olga.problems() == []
    page.get_by_role("button", name="Create draft").click()
    page.get_by_role("button", name="Open the access review").wait_for()
    assert olga.problems() == []
    page.get_by_role("button", name="Open the access review").click()
    page.get_by_role("link", name="Close the access review").wait_for()
    assert olga.problems() == []
    return olga.path()


def decide(bob: Visitor, address: str) -> None:
    """Keep one item, and remove another one."""
    page = bob.go(address)
    page.get_by_role("button", name="Keep").first.click()
    page.get_by_text("1 of").first.wait_for()
    assert bob.problems() == []
    page.get_by_role("link", name="Remove").first.click()
    page.get_by_label("Comment").fill("The team has left the project.")
    assert bob.problems() == []
    page.get_by_role("button", name="Remove").click()
    page.get_by_text("2 of").first.wait_for()
