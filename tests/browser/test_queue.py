"""Bob decides in the queue of the admin: one row, and fifty at once while Google is slow."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import AsPerson
from tests.browser.demo import Demo
from tests.browser.visitor import Visitor

QUEUE = "/admin/activations/queueditem/"
PROJECT, ROLE = "queue-test", "roles/iam.securityAdmin"
NEEDS_APPROVAL = "has({}.multiPartyApprovalConstraint)"
MANY = 50
LATENCY = 0.6  # seconds that each call to Google takes
FIRST_SIGN = 300  # milliseconds
# Measured in the page, because the click of a test waits until the button stands still.
MEASURE = """() => {
  const sign = document.querySelector("[data-sending]");
  document.addEventListener("click", () => { window.clickedAt = performance.now(); }, true);
  const keep = () => { sessionStorage.firstSign = performance.now() - window.clickedAt; };
  new MutationObserver(keep).observe(sign, { childList: true });
}"""
PATIENCE = 240_000  # milliseconds


def change(demo: Demo, path: str, document: dict[str, Any], method: str = "POST") -> None:
    """Change the simulated cloud."""
    body = json.dumps(document).encode()
    request = urllib.request.Request(f"{demo.simulator}/simulator/{path}", body, method=method)
    urllib.request.urlopen(request, timeout=10).close()


@contextmanager
def slow_google(demo: Demo) -> Iterator[None]:
    change(demo, "knobs", {"latency": LATENCY}, "PUT")
    try:
        yield
    finally:
        change(demo, "knobs", {"latency": 0}, "PUT")


@pytest.fixture(scope="module")
def company(demo: Demo) -> list[str]:
    """Add a project on which Bob and many people are eligible with approval; return these people."""
    people = [f"person{number}@example.com" for number in range(MANY + 4)]
    change(demo, "company/add_project", {"project_id": PROJECT})
    for email in people:
        change(demo, "company/add_user", {"email": email})
    members = [f"user:{email}" for email in [*people, "bob@example.com"]]
    binding = {"name": PROJECT, "role": ROLE, "members": members}
    change(demo, "company/bind", binding | {"condition_expression": NEEDS_APPROVAL})
    return people


def ask(visitor: Visitor, email: str) -> None:
    """Let this person ask Bob for approval."""
    visitor.sign_in(email)
    answer = visitor.page.context.request.post(
        f"{visitor.address}/api/projects/{PROJECT}/roles/request",
        data={
            "entitlementId": f"{PROJECT}:{ROLE}",
            "justification": "CASE-50",
            "peers": ["bob@example.com"],
            "activationTimeout": 30,
        },
        headers={"X-JITACCESS": "1"},
    )
    assert answer.status == 200, answer.text()


@pytest.mark.slow
def test_fifty_requests_are_approved_row_by_row_with_signs_at_once(
    as_person: AsPerson, demo: Demo, company: list[str]
) -> None:
    asking = as_person("alice")
    for email in company[:MANY]:
        ask(asking, email)
    bob = as_person("bob")
    page = bob.go(f"{QUEUE}?project={PROJECT}")
    page.locator("#action-toggle").check()
    page.get_by_role("button", name="Approve selected…").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Approve these requests?")
    with slow_google(demo):
        page.evaluate(MEASURE)
        page.get_by_role("button", name="Approve", exact=True).click()
        expect(page.locator("#progress-words")).to_contain_text(f"of {MANY} decided")
        assert float(page.evaluate("sessionStorage.firstSign")) < FIRST_SIGN
        # Reloading loses nothing, and no row is decided twice.
        expect(page.locator("tbody .chip", has_text="Approved").first).to_be_visible()
        page.reload()
        words = page.locator("#progress-words")
        expect(words).to_have_text(f"{MANY} of {MANY} decided", timeout=PATIENCE)
    assert page.locator("tbody .chip").all_inner_texts() == ["Approved"] * MANY
    assert "already made this decision" not in page.content()
    granted = [
        binding
        for binding in demo.policy(PROJECT)["bindings"]
        if binding.get("condition", {}).get("title") == "JIT access activation"
    ]
    assert len(granted) == MANY
    assert bob.problems() == []


def test_a_lost_connection_is_told_and_the_row_is_sent_again(
    as_person: AsPerson, company: list[str]
) -> None:
    ask(as_person("alice"), company[MANY])
    bob = as_person("bob")
    page = bob.go(f"{QUEUE}?person={company[MANY]}")
    page.locator("#action-toggle").check()
    page.get_by_role("button", name="Approve selected…").click()
    rows = "**/decisions/*/*/"
    page.route(rows, lambda route: route.abort("connectionfailed"))
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.locator("tbody .chip")).to_have_text("Connection lost")
    page.unroute(rows)
    expect(page.locator("tbody .chip")).to_have_text("Approved")
    bob.complaints.clear()  # Chromium reports the lost connection


def test_bob_decides_in_the_row_with_a_comment(as_person: AsPerson, company: list[str]) -> None:
    ask(as_person("alice"), company[MANY + 1])
    bob = as_person("bob")
    queue = f"{QUEUE}?{urlencode({'project': PROJECT, 'person': company[MANY + 1]})}"
    page = bob.go(queue)
    page.get_by_text("Decide:").click()
    page.get_by_label("Comment (required to decline)").fill("not today")
    assert bob.problems() == []
    page.get_by_role("button", name="Decline", exact=True).click()
    expect(page.get_by_role("listitem").filter(has_text="Declined.")).to_be_visible()
    assert bob.path() == queue
    bob.go(f"{QUEUE}?view=decided&project={PROJECT}")
    expect(page.locator("tbody tr").filter(has_text=company[MANY + 1])).to_contain_text("not today")
    assert bob.problems() == []


def test_a_new_request_waits_behind_a_button_while_the_list_is_in_use(
    as_person: AsPerson, company: list[str]
) -> None:
    asking = as_person("alice")
    ask(asking, company[MANY + 3])  # so that Bob has a queue
    bob = as_person("bob")
    address = f"{QUEUE}?person={company[MANY + 2]}"
    page = bob.go(address)
    before = page.locator("#rows").inner_text()
    ask(asking, company[MANY + 2])
    # A page that becomes visible again asks at once.
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    news = page.get_by_role("button", name="1 new")
    expect(news).to_be_visible()
    assert page.locator("#rows").inner_text() == before
    expect(page).to_have_title(re.compile(r"^\(\d+\) Requests to review · JIT Access$"))
    news.click()
    expect(page.locator("tbody tr").filter(has_text=company[MANY + 2])).to_be_visible()
    expect(news).to_be_hidden()
    page.get_by_text("Decide:").click()
    page.get_by_label("Comment (required to decline)").fill("seen")
    page.get_by_role("button", name="Decline", exact=True).click()
    expect(page.get_by_role("listitem").filter(has_text="Declined.")).to_be_visible()
