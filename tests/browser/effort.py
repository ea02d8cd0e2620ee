"""Counts the clicks and keystrokes of a person."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator, Page


@dataclass
class Effort:
    """One person at a page. Each letter of a justification is a keystroke too."""

    page: Page
    clicks: int = 0
    keystrokes: int = 0

    def click(self, wanted: Locator) -> None:
        wanted.click()
        self.clicks += 1

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.keystrokes += 1

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.keystrokes += len(text)
