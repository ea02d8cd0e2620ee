"""Every protection in docs/security.md names an existing test."""

from __future__ import annotations

import ast
import re

from tests.architecture.repository import ROOT

PAGE = (ROOT / "docs/security.md").read_text()
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
THREATS = PAGE.split("## Threats and protection")[1].split("## Remaining risks")[0]


def names_in(name: str) -> set[str]:
    path = ROOT / name
    if not path.exists():
        return set()
    tree = ast.parse(path.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_test_that_is_named_exists() -> None:
    named = NAMED.findall(PAGE)
    assert len(named) > 40
    assert [f"{name}::{test}" for name, test in named if test not in names_in(name)] == []


def test_every_protection_names_a_test() -> None:
    rows = [line for line in THREATS.splitlines() if line.startswith("| ")]
    threats = [row for row in rows if not row.startswith(("| threat ", "| ---"))]
    assert threats
    assert [row for row in threats if not NAMED.search(row)] == []
