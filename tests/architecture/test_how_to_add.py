"""docs/how-to-add.md names only files and symbols that exist."""

from __future__ import annotations

import ast
import re

import pytest

from tests.architecture.repository import ROOT, tracked_files

PAGE = (ROOT / "docs/how-to-add.md").read_text()
FOLDERS = {path.relative_to(ROOT).parts[0] for path in tracked_files()}
SYMBOL = re.compile(r"(?P<path>[\w./-]+)(?::(?P<symbol>[A-Za-z_][\w.]*))?")
RECIPES = (
    "A field of a request",
    "A notification channel",
    "A setting",
    "An export format",
    "An approval rule",
    "A Google API",
    "An API endpoint",
    "An admin list filter",
)


def named() -> set[str]:
    """Everything in code font that begins like a path of this repository."""
    spans = re.findall(r"`([^`\n]+)`", PAGE)
    return {span for span in spans if re.split("[/:]", span)[0] in FOLDERS}


def is_defined(body: list[ast.stmt], symbol: str) -> bool:
    """Whether a body defines `name`, or `Class.name`."""
    name, _, rest = symbol.partition(".")
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            return not rest or is_defined(node.body, rest)
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return not rest
    return False


@pytest.mark.parametrize("span", sorted(named()))
def test_a_named_file_or_symbol_exists(span: str) -> None:
    parts = SYMBOL.fullmatch(span)
    assert parts, "neither a path nor path:symbol"
    path, symbol = ROOT / parts["path"], parts["symbol"]
    if path.stem == "NAME":
        assert path.parent.is_dir()
        return
    assert path.exists()
    assert not symbol or is_defined(ast.parse(path.read_text()).body, symbol)


def test_every_recipe_names_files_in_order() -> None:
    sections = dict(
        section.split("\n", 1) for section in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
    )
    assert tuple(sections) == RECIPES
    for text in sections.values():
        steps = re.findall(r"^(\d)\. `", text, re.MULTILINE)
        assert [int(step) for step in steps] == list(range(1, len(steps) + 1))
        assert len(steps) >= 4


def test_the_named_files_are_found() -> None:
    assert len(named()) > 50
