"""A person at a browser; detects errors and calls to other hosts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    Request,
    ViewportSize,
)

DESK, PHONE = ViewportSize(width=1280, height=800), ViewportSize(width=360, height=740)
LOOKS: dict[str, tuple[Literal["light", "dark"], ViewportSize]] = {
    "light": ("light", DESK),
    "dark": ("dark", DESK),
    "phone, dark": ("dark", PHONE),
    "phone, light": ("light", PHONE),
}
# At 400 % a screen of 1280 pixels has room for this many.
ZOOMED = ViewportSize(width=320, height=256)
RULES: dict[str, Any] = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
# The dark look changes only colours.
COLOURS = RULES | {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
MOST_TABS = 120
# An animation of a hidden element never finishes, and `evaluate` has no time-out.
WHEN_AT_REST = """Promise.race([
  Promise.allSettled(document.getAnimations().map(animation => animation.finished)),
  new Promise(resolve => setTimeout(resolve, 2000)),
])"""
TO_THE_END = "scrollTo(0, document.documentElement.scrollHeight)"
IS_TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


class Visitor:
    """One person with a separate browser context."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.address = address
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        self.page = context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._request)

    def sign_in(self, email: str) -> None:
        """Sign in without opening the page to choose a person."""
        answer = self.page.context.request.post(
            f"{self.address}/_gcp_iap/sign_in", form={"email": email}, max_redirects=0
        )
        if answer.status != 303:
            raise AssertionError(f"The front door answered {answer.status}: {answer.text()}")

    def go(self, path: str, *, status: int = 200) -> Page:
        """Open a page; ignores Chromium's error about a status from 400 on that the test expects."""
        answer = self.page.goto(f"{self.address}{path}")
        if answer is None or answer.status != status:
            raise AssertionError(f"{path} answered {answer and answer.status}, not {status}")
        if status >= 400:
            about = f"Failed to load resource: the server responded with a status of {status} "
            self.complaints = [words for words in self.complaints if not words.startswith(about)]
        return self.page

    def path(self) -> str:
        parts = urlsplit(self.page.url)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    def role_box(self, role: str) -> Locator:
        """Return the check box of a role that applies to the whole project."""
        # A dot instead of the slash, which Playwright would treat as the end of the pattern.
        pattern = re.escape(role).replace("/", ".")
        return self.page.get_by_role("checkbox", name=re.compile(rf"{pattern}$"))

    def role_row(self, role: str) -> Locator:
        return self.page.get_by_role("row").filter(has=self.role_box(role))

    def tab_to(self, wanted: Locator) -> None:
        """Press Tab until the element has the focus, as a person without a mouse does."""
        for _ in range(MOST_TABS):
            if wanted.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{wanted} cannot be reached with the Tab key")

    def problems(self) -> list[str]:
        """What is wrong with the page in any look: by axe's rules, or because it is too wide.

        Axe's own scripts disturb the console, so that is read before.
        """
        self.check()
        found: list[str] = []
        axe = Axe()
        for look, (scheme, size) in LOOKS.items():
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            self.page.set_viewport_size(size)
            # The bar that sticks covers nothing at the end of the page; axe measures what is half covered.
            self.page.evaluate(TO_THE_END)
            self.page.evaluate(WHEN_AT_REST)
            rules = COLOURS if scheme == "dark" else RULES
            results = axe.run(self.page, options=rules).response
            axe = Axe(axe_script="0")  # the page has already loaded the half megabyte
            found += [f"{look}: {words}" for words in described(results["violations"])]
            if self.page.evaluate(IS_TOO_WIDE):
                found.append(f"{look}: the page is wider than the screen")
        self.page.set_viewport_size(ZOOMED)
        if self.page.evaluate(IS_TOO_WIDE):
            found.append("400 %: the page is wider than the screen")
        self.complaints.clear()
        return found

    def seen(self) -> str:
        """Return the text of the page with the values of its fields, or why it cannot be read."""
        try:
            return self.page.locator("body").aria_snapshot(timeout=2000)
        except Error as error:
            return str(error)

    def check(self) -> None:
        """Check that there were no errors, and no calls to other hosts."""
        if self.complaints or self.foreign:
            raise AssertionError(
                "\n".join(["On the console, or called elsewhere:", *self.complaints, *self.foreign])
            )

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
