"""A person at a browser, watched for what a page must never do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
MOST_TABS = 120


class Visitor:
    """One person in a browser of their own."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.address = address
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        self.page = context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._request)

    def sign_in(self, email: str) -> None:
        """Choose a person at the front door."""
        self.page.goto(self.address)
        self.page.get_by_role("button", name=email).click()

    def go(self, path: str) -> Page:
        self.page.goto(f"{self.address}{path}")
        return self.page

    def path(self) -> str:
        parts = urlsplit(self.page.url)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    def role_box(self, role: str) -> Locator:
        """The check box of a role that applies to the whole project."""
        return self.page.get_by_role("checkbox", name=re.compile(rf"{re.escape(role)}$"))

    def role_row(self, role: str) -> Locator:
        return self.page.get_by_role("row").filter(has=self.role_box(role))

    def tab_to(self, wanted: Locator) -> None:
        """Press Tab until something has the focus, as somebody without a mouse would."""
        for _ in range(MOST_TABS):
            if wanted.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{wanted} cannot be reached with the Tab key")

    def accessibility_problems(self) -> list[str]:
        """What axe finds on the page; its own scripts disturb the console, so that is read before."""
        self.check()
        results = Axe().run(self.page, options=RULES).response["violations"]
        self.complaints.clear()
        return list(described(results))

    def check(self) -> None:
        """Nothing complained, and nothing left this computer."""
        assert self.complaints == []
        assert self.foreign == []

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.text} ({message.location['url']})")

    def _request(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.address).netloc:
            self.foreign.append(request.url)


def described(violations: Iterable[dict[str, Any]]) -> Iterable[str]:
    for violation in violations:
        for node in violation["nodes"]:
            yield f"{violation['id']}: {violation['help']}: {node['html']}: {node['failureSummary']}"
