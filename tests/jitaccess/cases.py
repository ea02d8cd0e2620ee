"""Cases of tests/vectors; cases that are left out are listed with a reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pytest

VECTORS = Path(__file__).parents[1] / "vectors"


def cases(file: str) -> dict[str, dict[str, Any]]:
    """Return the cases of a file by name."""
    return {case["name"]: case for case in json.loads((VECTORS / f"{file}.json").read_text())}


def vectors(file: str, *, names: Collection[str]) -> Callable[[Any], Any]:
    """Parametrise a test with these cases: `given` and `expected`."""
    found = cases(file)
    chosen = [
        pytest.param(found[name]["input"], found[name]["expected"], id=name)
        for name in found
        if name in names
    ]
    return pytest.mark.parametrize(("given", "expected"), chosen)
