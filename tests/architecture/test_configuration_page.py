"""docs/configuration.md lists exactly the variables that the code reads, with their defaults."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from jitaccess.settings import env
from tests.architecture.repository import ROOT, name_of, tracked

PAGE = ROOT / "docs/configuration.md"
ROW = re.compile(r"^\| `([A-Z][A-Z0-9_]+)`(?:<a [^>]*></a>)? \| ([^|]*) \| (.*) \| ([^|]*) \|$")
# Read by gunicorn's configuration and Google's library.
READ_ELSEWHERE = {
    "PORT": "8080",
    "WEB_CONCURRENCY": "1",
    "GCE_METADATA_HOST": "metadata.google.internal",
    "GCE_METADATA_IP": "169.254.169.254",
}
# Defaults that depend on the platform or on another variable, which the page names.
DEPENDS = frozenset({"ALLOW_SQLITE", "CRON_AUDIENCE", "RESOURCE_SCOPE"})
READERS = frozenset(
    {"text", "is_set", "integer", "boolean", "listing", "principals", "address", "database"}
)


def rows() -> dict[str, tuple[str, str, str]]:
    """Return default, meaning and version of each variable on the page."""
    matches = (ROW.match(line) for line in PAGE.read_text().splitlines())
    return {match[1]: (match[2].strip(), match[3], match[4].strip()) for match in matches if match}


def names_read(path: Path) -> Iterator[str]:
    """Return the names of variables that a module reads."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Call(
                func=ast.Attribute(attr=reader), args=[ast.Constant(value=str(name)), *_]
            ):
                if reader in READERS and re.fullmatch(r"[A-Z][A-Z0-9_]+", name):
                    yield name
            case ast.Subscript(
                value=ast.Attribute(attr="environ"), slice=ast.Constant(value=str(name))
            ):
                yield name


def all_names_read() -> set[str]:
    return {name for path in tracked(".py", under=("jitaccess/",)) for name in names_read(path)}


def as_written(value: object) -> str:
    """Return a default in the page's spelling."""
    if value is None or value in ("", ()):
        return "–"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def test_every_variable_that_is_read_is_on_the_page() -> None:
    assert sorted((all_names_read() | set(READ_ELSEWHERE) | set(env.asked)) - set(rows())) == []


def test_every_variable_on_the_page_is_read() -> None:
    assert sorted(set(rows()) - all_names_read() - set(READ_ELSEWHERE) - set(env.asked)) == []


@pytest.mark.parametrize("name", sorted(set(env.asked) - DEPENDS))
def test_the_page_names_the_default(name: str) -> None:
    assert rows()[name][0] == as_written(env.asked[name].default)


@pytest.mark.parametrize("name", sorted(READ_ELSEWHERE))
def test_the_page_names_the_default_of_variables_that_others_read(name: str) -> None:
    assert rows()[name][0] == as_written(READ_ELSEWHERE[name])


def test_every_row_says_what_the_variable_does_and_since_when() -> None:
    bare = [
        name for name, (_, meaning, since) in rows().items() if not meaning.strip() or not since
    ]
    assert bare == []


def test_examples_in_the_documents_use_only_variables_that_exist() -> None:
    assigned = re.compile(r"^\s*(?:export )?([A-Z][A-Z0-9]*_[A-Z0-9_]+)=", re.MULTILINE)
    unknown = {
        name_of(path): sorted(set(assigned.findall(path.read_text())) - set(rows()))
        for path in tracked(".md")
    }
    assert {name: words for name, words in unknown.items() if words} == {}
