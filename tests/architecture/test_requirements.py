"""Every dependency has a reason, and every lock pins with hashes."""

from __future__ import annotations

import re

import pytest

from tests.architecture.repository import ROOT

ENTRY = re.compile(r"[a-z0-9-]+(\[[a-z0-9,-]+\])?(~=[\d.]+)?\s+# \S.*", re.IGNORECASE)


@pytest.mark.parametrize("name", ["requirements.in", "requirements-dev.in"])
def test_every_requirement_says_why_it_is_there(name: str) -> None:
    lines = [
        line
        for line in (ROOT / name).read_text().splitlines()
        if line.strip() and not line.startswith(("#", "-r "))
    ]
    assert lines
    assert [line for line in lines if not ENTRY.fullmatch(line)] == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_locked_package_has_one_version_and_a_hash(name: str) -> None:
    text = (ROOT / name).read_text()
    packages = re.findall(
        r"^([a-z0-9][\w.-]*)(\[[\w,-]+\])?==\S+.*?\\\n +--hash=sha256:[0-9a-f]{64}",
        text,
        re.MULTILINE,
    )
    starts = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert len(packages) == len(starts)


def test_what_production_runs_on_is_what_the_tests_run_on() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[a-z0-9][^ ]*==[^ ]+", (ROOT / name).read_text(), re.MULTILINE))

    assert pins("requirements.txt") <= pins("requirements-dev.txt")
