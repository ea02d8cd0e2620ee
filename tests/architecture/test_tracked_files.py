"""Content that must not be in the repository."""

from __future__ import annotations

import re

import pytest

from tests.architecture.repository import name_of, tracked_files

LARGEST_FILE = 1_000_000
BINARY = frozenset({".png", ".ico", ".woff2", ".gz"})
# Split in two, so that the test does not match this file.
FORBIDDEN = {
    "a note for later instead of an issue": r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b",
    "the path of one person's computer": r"/(home|Us"
    r"ers)/[a-z]+/|/wo"
    r"rk/(main|sha"
    r"red)\b|/tmp/br"
    r"ief",
    "the address of a package registry": r"pypi\.o"
    r"rg|pythonhos"
    r"ted|registry\.np"
    r"mjs|--index-u"
    r"rl",
    "an unresolved merge": r"(?m)^(<<<<" r"<<<|>>>>" r">>>) ",
    "a private key": r"-----BEGIN [A-Z ]*PRIV" r"ATE KEY-----",
}


def texts() -> list[tuple[str, str]]:
    return [
        (name_of(path), path.read_text(encoding="utf-8"))
        for path in tracked_files()
        if path.suffix not in BINARY and "vendor" not in path.parts
    ]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_tracked_file_holds(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])
    assert [name for name, text in texts() if pattern.search(text)] == []


def test_no_file_is_bigger_than_a_megabyte() -> None:
    assert [name_of(path) for path in tracked_files() if path.stat().st_size > LARGEST_FILE] == []


def test_nothing_that_a_command_makes_is_tracked() -> None:
    made = re.compile(r"(^|/)(__pycache__|staticfiles|\.venv|\.demo)/|\.(pyc|sqlite3)$")
    assert [name_of(path) for path in tracked_files() if made.search(name_of(path))] == []
