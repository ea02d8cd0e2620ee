"""Bob sees the decision without scrolling, and opens its forms with keys."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.conftest import AsPerson
from tests.browser.test_approval import alice, ask, heading
from tests.browser.visitor import Visitor

__all__ = ["alice"]

SCREENS: dict[str, ViewportSize] = {
    "desk": {"width": 1280, "height": 800},
    "phone": {"width": 390, "height": 844},
}
# The texts of links in the header that cover a part of the link before.
OVERLAPPING = """() => {
  const links = [...document.querySelectorAll("header a")].filter((link) => link.offsetWidth);
  const box = (link) => link.getBoundingClientRect();
  const covers = (one, other) =>
    one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
  return links.flatMap((link, place) =>
    links.slice(0, place).some((before) => covers(box(before), box(link))) ? [link.innerText] : []);
}"""
LONG = "The firewall blocks the checkout of all shops in Europe since the last change. " * 12


@pytest.fixture
def request_url(alice: Visitor) -> str:
    """The address of a pending request, which is withdrawn after the test."""
    return ask(alice, "bob", "carol", justification=LONG)


def is_on_screen(page: Page, name: str) -> bool:
    """Whether the button or summary is visible without scrolling."""
    wanted = page.get_by_text(name, exact=True) if name.endswith("…") else None
    box = (wanted or page.get_by_role("button", name=name, exact=True)).bounding_box()
    size = page.viewport_size
    return box is not None and size is not None and box["y"] + box["height"] <= size["height"]


@pytest.mark.parametrize("screen", SCREENS)
def test_the_decision_is_above_the_fold(request_url: str, as_person: AsPerson, screen: str) -> None:
    bob = as_person("bob", viewport=SCREENS[screen])
    page = bob.go(request_url)
    expect(heading(bob)).to_contain_text("alice@example.com requests iam.securityAdmin")
    assert page.evaluate("window.scrollY") == 0
    page.evaluate("document.querySelector('[data-count]').textContent = 'Reviews (88)'")
    assert is_on_screen(page, "Approve")
    assert is_on_screen(page, "Decline …")
    assert bob.problems() == []


def test_the_header_stays_in_one_row_and_on_a_phone_in_two(
    request_url: str, as_person: AsPerson
) -> None:
    bob = as_person("bob")
    for address in (request_url, "/"):  # with and without the search for a project
        page = bob.go(address)
        for width, most in ((1024, 70), (1280, 70), (390, 110), (360, 110)):
            page.set_viewport_size({"width": width, "height": 800})
            box = page.get_by_role("banner").bounding_box()
            assert box is not None
            assert box["height"] < most
            assert page.evaluate(OVERLAPPING) == []


def test_keys_open_the_forms_and_never_decide(request_url: str, as_person: AsPerson) -> None:
    bob = as_person("bob")
    page = bob.go(request_url)
    comment, reason = page.get_by_label("Comment"), page.get_by_label("Reason")
    page.keyboard.press("a")
    expect(comment).to_be_focused()
    expect(comment).to_have_value("")
    # In a field, keys are text.
    page.keyboard.type("add")
    expect(comment).to_have_value("add")
    expect(reason).to_be_hidden()
    comment.evaluate("field => field.blur()")
    page.keyboard.press("d")
    expect(reason).to_be_focused()
    assert bob.path() == request_url
    assert bob.problems() == []
    bob.go(request_url)
    expect(heading(bob)).to_contain_text("requests iam.securityAdmin")


def test_keys_can_be_switched_off(request_url: str, as_person: AsPerson) -> None:
    bob = as_person("bob")
    page = bob.go(request_url)
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_role("checkbox", name="as shortcuts in this browser").uncheck()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("d")
    expect(page.get_by_label("Reason")).to_be_hidden()
