"""Pages comply with the content security policy and load nothing from other hosts."""

from __future__ import annotations

import re

import pytest

from tests.architecture.repository import name_of, tracked

TEMPLATES = {
    name_of(path): path for path in tracked(".html") if not {"mail", "tests"} & set(path.parts)
}
STYLES = {name_of(path): path for path in tracked(".css")}
# Content that the policy would block in the browser.
BLOCKED = {
    "an inline script": r"<script(?![^>]*\bsrc=)",
    "an inline style sheet": r"<style\b",
    "a style attribute": r"<[^>]*\sstyle=",
    "an event handler": r"<[^>]*\son[a-z]+=[\"']",
    "a script address": r"javascript:",
    "a foreign script, style, image or frame": r"<(script|link|img|iframe|source)\b[^>]*\b(src|href)=[\"'](https?:)?//",
    "a form that leaves": r"<form\b[^>]*\baction=[\"'](https?:)?//",
    "text that is not escaped": r"\|\s*safe\b|\bautoescape off\b",
}


@pytest.mark.parametrize("what", BLOCKED)
def test_no_template_holds(what: str) -> None:
    pattern = re.compile(BLOCKED[what], re.IGNORECASE)
    assert [name for name, path in TEMPLATES.items() if pattern.search(path.read_text())] == []


def test_there_are_templates_to_look_at() -> None:
    assert TEMPLATES


def test_style_sheets_load_nothing_from_elsewhere() -> None:
    foreign = re.compile(r"(@import|url\()\s*[\"']?(https?:)?//")
    assert [name for name, path in STYLES.items() if foreign.search(path.read_text())] == []
