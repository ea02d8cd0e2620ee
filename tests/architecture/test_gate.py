"""The gate cannot pass by skipping tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.repository import ROOT
from tests.gate import slow_ones_first

TESTS = """
import pytest

def test_runs() -> None:
    pass

@pytest.mark.skip(reason="no wish to run")
def test_is_skipped() -> None:
    pass

@pytest.mark.django_db
def test_reads_the_database() -> None:
    pass

@pytest.mark.django_db
@pytest.mark.one_database
def test_shows_what_is_in_the_database() -> None:
    pass
"""
MARKERS = ("django_db: touches the database", "one_database: on any", "slow: takes long")


def gate(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_sample.py").write_text(TESTS)
    (folder / "pytest.ini").write_text("\n  ".join(["[pytest]\nmarkers =", *MARKERS]))
    options = ["-p", "tests.gate", "-p", "no:django", "-p", "no:cacheprovider", "-q"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, *arguments, "--rootdir", folder, folder],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if "SLIPCOVER" not in name},
    )


def test_a_skipped_test_that_is_not_listed_fails_the_gate(tmp_path: Path) -> None:
    result = gate(tmp_path)
    assert result.returncode == 1
    assert "test_is_skipped" in result.stdout


def test_without_a_skip_the_gate_passes(tmp_path: Path) -> None:
    assert gate(tmp_path, "--deselect", "test_sample.py::test_is_skipped").returncode == 0


def test_the_second_database_gets_the_tests_that_depend_on_it(tmp_path: Path) -> None:
    result = gate(tmp_path, "--database-only", "-vv")
    assert result.returncode == 0
    assert "test_reads_the_database" in result.stdout
    assert "test_runs" not in result.stdout
    assert "test_shows" not in result.stdout


class Item:
    """The attributes of a test that decide its order."""

    def __init__(self, name: str) -> None:
        self.name = name

    def get_closest_marker(self, name: str) -> bool:
        return name == "slow" and self.name.startswith("slow")


@pytest.mark.parametrize("shares", [1, 2, 3, 9])
def test_the_share_of_each_worker_begins_with_its_part_of_the_slow_tests(shares: int) -> None:
    items: Any = [Item(f"quick{n}") for n in range(10)] + [Item(f"slow{n}") for n in range(4)]
    ordered = slow_ones_first(items, shares=shares)
    assert sorted(item.name for item in ordered) == sorted(item.name for item in items)
    starts = {len(items) * number // shares for number in range(min(shares, 4))}
    assert all(ordered[start].name.startswith("slow") for start in starts)
