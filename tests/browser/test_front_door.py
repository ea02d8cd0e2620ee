"""Nobody can open a page without signing in."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import AsPerson


def test_the_person_chosen_at_the_front_door_is_the_one_the_page_shows(as_person: AsPerson) -> None:
    visitor = as_person(None)
    visitor.go("/").get_by_role("button", name="alice@example.com").click()
    expect(visitor.page.get_by_role("banner")).to_contain_text("alice@example.com")


def test_switching_leads_back_to_the_choice_and_then_to_the_other_person(
    as_person: AsPerson,
) -> None:
    visitor = as_person("alice")
    visitor.go("/").get_by_role("link", name="Switch account").click()
    visitor.page.get_by_role("button", name="bob@example.com").click()
    expect(visitor.page.get_by_role("banner")).to_contain_text("bob@example.com")


def test_a_link_that_was_opened_before_the_choice_is_followed_after_it(
    as_person: AsPerson,
) -> None:
    visitor = as_person(None)
    visitor.go("/activity")
    visitor.page.get_by_role("button", name="alice@example.com").click()
    assert visitor.path() == "/activity"


def test_only_administrators_and_auditors_see_the_link_to_the_admin(
    as_person: AsPerson,
) -> None:
    for name, count in (("olga", 1), ("audrey", 1), ("alice", 0)):
        link = as_person(name).go("/").get_by_role("link", name="Admin", exact=True)
        expect(link).to_have_count(count)
