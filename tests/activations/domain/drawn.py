"""Reads the states of requests and grants from the diagram in docs/concepts.md."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

from tests.architecture.repository import ROOT

DRAWING = re.compile(r"^```\n(request +.*?)^```$", re.MULTILINE | re.DOTALL)
ARROW = re.compile(r"\s+─\w*─?▶\s+")
NOTE = re.compile(r"\s{3,}")

Steps = frozenset[tuple[str, str]]


@cache
def drawn_steps(life: str) -> Steps:
    """Return every step in the diagram for a request or grant, as the states before and after it."""
    found = DRAWING.search((ROOT / "docs/concepts.md").read_text())
    assert found, "docs/concepts.md has no diagram of states"
    steps: set[tuple[str, str]] = set()
    subject = ""
    for line in found[1].splitlines():
        name = line[:10].strip()
        subject = name or subject
        if subject == life:
            steps |= _steps(NOTE.split(line[10:].strip())[0])
    assert steps, f"docs/concepts.md has no steps of a {life}"
    return frozenset(steps)


def _steps(path: str) -> set[tuple[str, str]]:
    stations = [station.split(" | ") for station in ARROW.split(path)]
    return {
        (before, after)
        for ahead, behind in pairwise(stations)
        for before in ahead
        for after in behind
    }
