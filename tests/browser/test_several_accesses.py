"""Several accesses are extended or ended with a few clicks, and the page says when access will end."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from tests.browser.conftest import AsPerson
from tests.browser.effort import Effort
from tests.browser.test_my_access import box, my_access
from tests.browser.visitor import Visitor

# Another day than today is named as well.
CLOCK = re.compile(r"\((?:\d+ \w+ \d{4}, )?(\d\d:\d\d) UTC\)")


def activate(visitor: Visitor, minutes: str, *roles: str) -> None:
    page = my_access(visitor)
    for role in roles:
        box(page, role, "shop-prod").check()
    page.get_by_label("minutes", exact=True).fill(minutes)
    page.get_by_label("Justification").fill("CASE-80 ends soon")
    page.get_by_role("button", name="Request access").click()
    expect(page.get_by_role("status").first).to_contain_text("Active")


def later(page: Page, minutes: int) -> str:
    """Return the time in UTC after so many minutes, by the server's clock."""
    now = datetime.fromisoformat(page.locator("#content").get_attribute("data-now") or "")
    return f"{now.astimezone(UTC) + timedelta(minutes=minutes):%H:%M}"


def said(text: str) -> str:
    found = CLOCK.search(text)
    assert found, text
    return found[1]


def near(page: Page, minutes: int) -> set[str]:
    return {later(page, minutes), later(page, minutes + 1)}


def test_the_form_says_the_new_end_in_local_time_and_utc_as_minutes_change(
    as_person: AsPerson,
) -> None:
    visitor = as_person("alice")
    activate(visitor, "20", "roles/cloudfunctions.admin", "roles/secretmanager.admin")
    page = visitor.go("/")
    active = page.get_by_role("region", name="Active now")
    effort = Effort(page)
    for name in ("Cloud Functions Admin", "Secret Manager Admin"):
        effort.click(active.get_by_role("checkbox", name=f"Select {name} on shop-prod"))
    effort.click(active.get_by_role("button", name="Extend selected"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Extend your access to 2 roles")
    sentence = page.locator("#new-end")
    minutes = page.get_by_label("minutes", exact=True)
    assert said(sentence.inner_text()) in near(page, int(minutes.input_value()))
    minutes.fill("100")
    expect(sentence).to_contain_text("With 100 minutes")
    assert said(sentence.inner_text()) in near(page, 100)
    button = page.get_by_role("button", name="Extend")
    minutes.fill("5")
    expect(button).to_have_accessible_description(re.compile(r"Enter \d+ to 120 minutes"))
    expect(sentence).to_be_hidden()
    minutes.fill("100")
    assert visitor.problems() == []
    effort.click(button)
    expect(page.get_by_role("heading", level=1)).to_have_text("All 2 extensions succeeded")
    assert effort.clicks == 4
    assert visitor.problems() == []


def test_two_accesses_are_ended_with_four_clicks(as_person: AsPerson) -> None:
    visitor = as_person("alice")
    activate(visitor, "20", "roles/run.admin", "roles/errorreporting.admin")
    page = visitor.go("/")
    active = page.get_by_role("region", name="Active now")
    effort = Effort(page)
    for name in ("Cloud Run Admin", "Error Reporting Admin"):
        effort.click(active.get_by_role("checkbox", name=f"Select {name} on shop-prod"))
    effort.click(active.get_by_role("button", name="End selected", exact=True))
    expect(page.get_by_role("heading", level=1)).to_have_text("End your access to 2 roles?")
    assert visitor.problems() == []
    effort.click(page.get_by_role("button", name="End access"))
    assert effort.clicks == 4
    expect(page.get_by_role("heading", level=1)).to_have_text("Your access to 2 roles has ended")
    assert visitor.problems() == []
