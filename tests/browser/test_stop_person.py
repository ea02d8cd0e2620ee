"""Stopping a person in a real browser: from the overview to the refusal that the person reads."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import AsPerson

ERIN = "erin@example.com"


def test_a_person_is_stopped_reads_why_and_is_let_in_again(as_person: AsPerson) -> None:
    olga, erin = as_person("olga"), as_person("erin")
    erin.go("/activity")
    olga.go("/admin/")
    olga.page.get_by_role("link", name="Stop a person").click()
    assert olga.problems() == []
    olga.page.get_by_label("E-mail address").fill(ERIN)
    olga.page.get_by_role("button", name="Show this person").click()
    assert olga.problems() == []
    olga.page.get_by_label("Reason (shown to the person)").fill("Account stolen, INC-42")
    olga.page.get_by_role("button", name=f"Stop {ERIN}").click()
    expect(olga.page.get_by_role("status")).to_contain_text("can no longer use JIT Access")
    assert olga.problems() == []
    refused = erin.go("/activity", status=403)
    expect(refused.get_by_text("Account stolen, INC-42")).to_be_visible()
    assert erin.problems() == []
    olga.page.get_by_label("Reason for lifting the stop").fill("New keys")
    olga.page.get_by_role("button", name="Lift the stop").click()
    expect(olga.page.get_by_role("status")).to_contain_text("The stop was lifted")
    erin.go("/activity")
