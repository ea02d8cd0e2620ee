"""The documents on the page docs/access-policies.md."""

from __future__ import annotations

import re

from tests.architecture.repository import ROOT

PAGE = (ROOT / "docs/access-policies.md").read_text()
_DOCUMENT = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
DOCUMENTS: list[str] = _DOCUMENT.findall(PAGE)
RECIPES: dict[str, str] = {
    section.partition("\n")[0]: _DOCUMENT.findall(section)[0]
    for section in PAGE.partition("## Recipes")[2].split("\n### ")[1:]
}
(MOVED,) = _DOCUMENT.findall(
    PAGE.partition("## Moving from environment variables")[2].partition("\n## ")[0]
)


def name_of_test(title: str) -> str:
    """Return the name of the test that tries a recipe."""
    return "test_" + "_".join(re.findall(r"[a-z0-9]+", title.lower()))
