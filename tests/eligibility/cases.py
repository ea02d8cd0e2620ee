"""Cases of tests/vectors, and functions that build policies."""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

VECTORS = Path(__file__).parent.parent / "vectors"
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
JIT = "has({}.jitAccessConstraint)"
MPA = "has({}.multiPartyApprovalConstraint)"
PROJECT = "//cloudresourcemanager.googleapis.com/projects/project-1"
FOLDER = "//cloudresourcemanager.googleapis.com/folders/42"


@dataclass(frozen=True)
class Attached:
    """A policy and its resource, as the catalog returns them."""

    attached_resource: str
    policy: dict[str, Any]


def vectors(name: str, *ops: str, but: Collection[str] = ()) -> Callable[[Any], Any]:
    """Parametrise a test with the cases of a file for these operations, without the named cases."""
    chosen = [
        pytest.param(case["input"], case["expected"], id=case["name"])
        for case in _cases(name)
        if (not ops or case["input"].get("op") in ops) and case["name"] not in but
    ]
    return pytest.mark.parametrize(("given", "expected"), chosen)


def given_in(file: str, name: str) -> dict[str, Any]:
    """Return the input of one case."""
    (found,) = [case["input"] for case in _cases(file) if case["name"] == name]
    return dict(found)


def operations(name: str) -> set[str]:
    return {case["input"]["op"] for case in _cases(name)}


def _cases(name: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads((VECTORS / f"{name}.json").read_text())
    return cases


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def binding(role: str, *members: str, when: str | None = None, title: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {"role": role, "members": list(members)}
    if when is not None:
        found["condition"] = {"title": title, "expression": when}
    return found


def attached(*bindings: dict[str, Any], to: str = PROJECT) -> Attached:
    return Attached(to, {"bindings": list(bindings)})
