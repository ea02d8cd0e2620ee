"""Olga proposes an access policy at a browser; each page on the way is accessible in every look."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import AsPerson

DOCUMENT = """version: 1
rules:
- name: production
  when: {projects: ["*-prod"]}
  require: {duration: {max: 30m}}
- name: never
  when: {projects: ["*-prod"], roles: ["roles/*.admin"]}
"""


def enter(page: Page, text: str) -> None:
    page.get_by_label("Text of the access policy").fill(text)
    page.get_by_role("button", name="Check and preview").click()


def test_errors_keep_the_text(as_person: AsPerson) -> None:
    visitor = as_person("olga")
    visitor.go("/admin/access-policy/propose/")
    enter(visitor.page, "version: 2\nrules: {}\n")
    expect(visitor.page.get_by_role("alert")).to_contain_text("2 errors")
    expect(visitor.page.get_by_label("Text of the access policy")).to_have_value(
        "version: 2\nrules: {}\n"
    )
    visitor.complaints = []  # Chromium reports the status 400 of the page
    assert visitor.problems() == []


def test_a_version_is_proposed_withdrawn_and_offered_again(as_person: AsPerson) -> None:
    visitor = as_person("olga")
    page = visitor.go("/admin/access-policy/propose/")
    enter(page, DOCUMENT)
    expect(page.get_by_role("heading", name="Warnings (1)")).to_be_visible()
    expect(page.get_by_role("heading", name="Requests of the last 90 days")).to_be_visible()
    assert visitor.problems() == []
    page.get_by_label("Comment").fill("CHG-1")
    page.get_by_role("button", name="Propose this version").click()
    expect(page.get_by_text("Waiting for a second administrator")).to_be_visible()
    address = visitor.path()
    for path in (address, f"{address}activate/", "/admin/", "/admin/access-policy/"):
        visitor.go(path)
        assert visitor.problems() == []
    visitor.go(f"{address}reject/")
    assert visitor.problems() == []
    page.get_by_label("Comment").fill("Not now")
    page.get_by_role("button", name="Withdraw version").click()
    expect(page.get_by_text("Not now")).to_be_visible()
    page.get_by_role("link", name="Compare and propose again…").click()
    expect(page.get_by_label("Text of the access policy")).to_have_value(DOCUMENT)
