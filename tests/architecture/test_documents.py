"""Every link in a document has a target."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.architecture.repository import ROOT, name_of, tracked

LINK = re.compile(r"(?<!\\)\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
DOCUMENTS = {name_of(path): path for path in tracked(".md")}


def prose(path: Path) -> str:
    return FENCE.sub("", path.read_text())


def anchors(path: Path) -> set[str]:
    """Return the anchors that GitHub derives from headings, and those written by hand."""
    text = prose(path)
    headings = re.findall(r"^#+ (.+?)\s*$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in headings}
    return slugs | set(re.findall(r'<a (?:id|name)="([^"]+)"', text))


def has_no_target(source: Path, target: str) -> bool:
    if target.startswith(("https://", "http://", "mailto:")):
        return False
    name, _, anchor = target.partition("#")
    path = (source.parent / name).resolve() if name else source
    if not path.exists():
        return True
    return bool(anchor) and anchor not in anchors(path)


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_links_lead_to_files_and_headings_that_exist(name: str) -> None:
    path = DOCUMENTS[name]
    assert [link for link in LINK.findall(prose(path)) if has_no_target(path, link)] == []


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_management_commands_exist(name: str) -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", DOCUMENTS[name].read_text()))
    assert named - set(get_commands()) == set()


def test_the_documents_that_everybody_looks_for_are_here() -> None:
    expected = {
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "SECURITY.md",
        "docs/configuration.md",
    }
    assert expected - set(DOCUMENTS) == set()
    assert (ROOT / "LICENSE").read_text().lstrip().startswith("Apache License")


def test_the_readme_leads_to_every_page_of_the_documentation() -> None:
    linked = set(LINK.findall((ROOT / "README.md").read_text()))
    pages = {name for name in DOCUMENTS if re.fullmatch(r"docs/[^/]+\.md", name)}
    assert pages - linked == set()
