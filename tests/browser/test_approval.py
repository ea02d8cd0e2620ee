"""Alice requests approval, Bob decides, Carol sees the decision."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Error, Locator, expect

from tests.browser.conftest import AsPerson
from tests.browser.demo import Demo
from tests.browser.effort import Effort
from tests.browser.test_activation import PROJECT, bindings_of, request_access
from tests.browser.visitor import Visitor

SECURITY = "roles/iam.securityAdmin"
ASK = f"/ask?role={PROJECT}:{SECURITY}"
WAITING = "Waiting for approval of iam.securityAdmin"


@pytest.fixture
def alice(as_person: AsPerson) -> Iterator[Visitor]:
    """Alice; requests and access are removed after the test."""
    visitor = as_person("alice")
    yield visitor
    tidy_up(visitor)


def tidy_up(visitor: Visitor) -> None:
    visitor.go("/activity?status=ACTIVATION_PENDING")
    pending = visitor.page.get_by_role("main").get_by_role("link", name="iam.securityAdmin")
    if pending.count():
        pending.first.click()
        visitor.page.get_by_role("button", name="Withdraw").click()
        expect(heading(visitor)).to_contain_text("You withdrew")
    visitor.go(f"/projects/{PROJECT}")
    # The name is the title, once the demo has filled the eligibility index.
    name = re.compile(r"end access to (iam\.securityAdmin|Security Admin)", re.IGNORECASE)
    end = visitor.page.get_by_role("link", name=name)
    if end.count():
        end.click()
        visitor.page.get_by_role("button", name="End access").click()
        expect(heading(visitor)).to_contain_text("has ended")


def heading(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("heading", level=1)


def ask(visitor: Visitor, *reviewers: str, justification: str) -> str:
    """Submit a request from the roles table; return its address."""
    visitor.go(f"/projects/{PROJECT}")
    visitor.role_box(SECURITY).check()
    for name in reviewers:
        visitor.page.get_by_role("checkbox", name=f"{name}@example.com").check()
    request_access(visitor.page, justification)
    expect(heading(visitor)).to_contain_text(WAITING)
    return visitor.path()


def follow_mail(bob: Visitor) -> None:
    """Open Bob's newest mail about a request, and click its link."""
    mails = bob.page.get_by_role("link", name="requests access to project shop-prod")
    for _ in range(20):
        bob.go("/simulator/mailbox?to=bob@example.com")
        if mails.count():
            break
        bob.page.wait_for_timeout(250)
    mails.first.click()
    # Chromium shows the mail in a process of its own, and loses a click before that has drawn.
    for _ in range(3):
        bob.page.frame_locator("iframe").get_by_role("link", name="Review the request").click()
        with suppress(Error):
            bob.page.wait_for_url(lambda url: "/simulator/" not in url, timeout=5000)
            return
    raise AssertionError("The link of the mail leads nowhere")


def test_alice_asks_bob_approves_and_carol_sees_the_decision(
    alice: Visitor, as_person: AsPerson, demo: Demo
) -> None:
    address = ask(alice, "bob", "carol", justification="CASE-50 firewall")
    bob, carol = as_person("bob"), as_person("carol")
    carol.go(address)
    follow_mail(bob)
    effort = Effort(bob.page, clicks=1)
    expect(heading(bob)).to_contain_text("alice@example.com requests iam.securityAdmin")
    assert bob.path() == address
    effort.click(bob.page.get_by_role("button", name="Approve", exact=True))
    assert effort.clicks == 2
    expect(heading(bob)).to_have_text("alice@example.com has access to shop-prod")
    assert bindings_of(demo, "user:alice@example.com", SECURITY) == ["JIT access activation"]

    # Alice's page updates without a reload.
    expect(heading(alice)).to_have_text("You have access to shop-prod", timeout=30_000)
    expect(alice.page.get_by_role("banner")).to_contain_text("You have access to shop-prod")
    # Carol's page has a form, so it stays as it is, and offers the news.
    expect(carol.page.get_by_role("button", name="Show what changed")).to_be_visible(timeout=30_000)
    carol.page.get_by_role("button", name="Approve", exact=True).click()
    expect(carol.page.get_by_role("alert")).to_contain_text("bob@example.com approved this request")
    expect(carol.page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
    carol.complaints = [words for words in carol.complaints if "status of 409" not in words]


def test_bob_follows_the_link_of_the_mail_signs_in_and_declines(
    alice: Visitor, as_person: AsPerson
) -> None:
    address = ask(alice, "bob", justification="CASE-51 by mail")
    bob = as_person(None)
    follow_mail(bob)
    bob.page.get_by_role("button", name="bob@example.com").click()
    expect(heading(bob)).to_contain_text("alice@example.com requests iam.securityAdmin")
    assert bob.path() == address
    bob.page.get_by_text("Decline …").click()
    bob.page.get_by_label("Reason").fill("Please use the read-only role")
    bob.page.get_by_role("button", name="Decline", exact=True).click()
    expect(heading(bob)).to_contain_text("was declined")
    expect(heading(alice)).to_contain_text("was declined", timeout=30_000)
    expect(alice.page.get_by_role("main")).to_contain_text("Please use the read-only role")


def test_roles_of_both_kinds_are_separated_without_losing_input(alice: Visitor) -> None:
    page = alice.page
    alice.go(f"/projects/{PROJECT}")
    page.get_by_label("Justification").fill("CASE-52 both")
    alice.role_box("roles/dns.admin").check()
    alice.role_box(SECURITY).check()
    button = page.get_by_role("button", name="Request access")
    expect(button).to_have_accessible_description("Choose which to request first")
    # The title comes from the eligibility index, which the demo fills in the background.
    only = re.compile(r"^Only (iam\.securityAdmin|Security Admin)$")
    page.get_by_role("button", name=only).click()
    expect(page.get_by_role("group", name="Peers")).to_be_visible()
    expect(alice.role_box("roles/dns.admin")).not_to_be_checked()
    expect(page.get_by_label("Justification")).to_have_value("CASE-52 both")
    expect(button).to_have_accessible_description("Choose at least 1 reviewer")
    page.get_by_role("button", name="Choose all").click()
    expect(button).to_have_accessible_description("Ask 3 reviewers for 60 min")
    alice.role_box(SECURITY).uncheck()
    expect(page.get_by_role("group", name="Peers")).to_be_hidden()


def test_from_asking_to_ending_everything_works_without_scripts(as_person: AsPerson) -> None:
    alice = as_person("alice", java_script_enabled=False)
    alice.go(f"/projects/{PROJECT}")
    alice.role_box(SECURITY).check()
    request_access(alice.page, "CASE-53 without scripts")
    expect(heading(alice)).to_have_text("Request iam.securityAdmin on shop-prod")
    alice.page.get_by_role("checkbox", name="bob@example.com").check()
    alice.page.get_by_role("button", name="Request access").click()
    expect(heading(alice)).to_contain_text(WAITING)
    expect(alice.page.get_by_role("main")).to_contain_text("CASE-53 without scripts")

    bob = as_person("bob", java_script_enabled=False)
    bob.go("/admin/activations/queueditem/")
    bob.page.get_by_role("checkbox").last.check()
    bob.page.get_by_role("button", name="Approve selected…").click()
    bob.page.get_by_role("button", name="Approve", exact=True).click()
    expect(bob.page.locator("tbody .chip")).to_have_text("Approved")

    alice.page.get_by_role("link", name="Refresh").click()
    alice.page.get_by_role("link", name="Extend iam.securityAdmin").click()
    alice.page.get_by_role("checkbox", name="bob@example.com").check()
    alice.page.get_by_role("button", name="Extend", exact=True).click()
    alice.page.get_by_role("button", name="Withdraw").click()
    expect(heading(alice)).to_contain_text("You withdrew")
    alice.go("/access/end")
    alice.page.get_by_role("button", name="End all access").click()
    expect(heading(alice)).to_contain_text("All your access has ended")


def test_asking_and_withdrawing_work_without_a_mouse(alice: Visitor) -> None:
    page, keys = alice.page, alice.page.keyboard
    alice.go(f"/projects/{PROJECT}")
    alice.tab_to(alice.role_box(SECURITY))
    keys.press("Space")
    expect(page.get_by_role("group", name="Peers")).to_be_visible()
    alice.tab_to(page.get_by_role("checkbox", name="carol@example.com"))
    keys.press("Space")
    alice.tab_to(page.get_by_label("Justification"))
    keys.type("CASE-54 by keyboard")
    alice.tab_to(page.get_by_role("button", name="Request access"))
    keys.press("Enter")
    expect(heading(alice)).to_contain_text(WAITING)
    alice.tab_to(page.get_by_role("button", name="Withdraw"))
    keys.press("Enter")
    expect(heading(alice)).to_contain_text("You withdrew")


def test_a_double_click_asks_once(alice: Visitor) -> None:
    alice.go(ASK)
    alice.page.get_by_role("checkbox", name="bob@example.com").check()
    alice.page.get_by_label("Justification").fill("CASE-55 twice")
    alice.page.get_by_role("button", name="Request access").dblclick()
    expect(heading(alice)).to_contain_text(WAITING)
    alice.go("/activity")
    expect(alice.page.get_by_text("CASE-55 twice")).to_have_count(1)


def test_a_choice_of_reviewers_that_cannot_be_shown_can_be_asked_for_again(alice: Visitor) -> None:
    page = alice.page
    alice.go(f"/projects/{PROJECT}")
    page.route("**/ask?*", lambda route: route.abort(), times=1)
    alice.role_box(SECURITY).check()
    expect(page.get_by_text("Reviewers cannot be shown.")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("group", name="Peers")).to_be_visible()
    alice.complaints = [words for words in alice.complaints if "ERR_FAILED" not in words]
