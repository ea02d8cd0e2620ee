"""Reads the tracked files of this repository for the architecture tests."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "jitaccess",
    "certification",
    "activations",
    "policies",
    "eligibility",
    "googlecloud",
    "simulator",
)


@cache
def tracked_files() -> tuple[Path, ...]:
    """Return every file that git tracks, with its full path."""
    listing = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=True, text=True
    )
    paths = (ROOT / name for name in listing.stdout.split("\0") if name)
    return tuple(path for path in paths if path.is_file())


def tracked(*suffixes: str, under: tuple[str, ...] = ("",)) -> list[Path]:
    """Return tracked files with one of these suffixes, below one of these folders."""
    return [
        path
        for path in tracked_files()
        if path.suffix in suffixes and name_of(path).startswith(under)
    ]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def production_modules() -> list[Path]:
    folders = tuple(f"{package}/" for package in PACKAGES)
    return [path for path in tracked(".py", under=folders) if "migrations" not in path.parts]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1
