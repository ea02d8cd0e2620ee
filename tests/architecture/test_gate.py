"""The gate cannot be green by leaving tests out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.architecture.repository import ROOT

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
"""


def gate(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_sample.py").write_text(TESTS)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = django_db: touches the database\n")
    options = ["-p", "tests.gate", "-p", "no:django", "-p", "no:cacheprovider", "-q"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, *arguments, "--rootdir", folder, folder],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if "SLIPCOVER" not in name},
    )


def test_a_skipped_test_that_is_not_listed_turns_the_gate_red(tmp_path: Path) -> None:
    result = gate(tmp_path)
    assert result.returncode == 1
    assert "test_is_skipped" in result.stdout


def test_without_a_skip_it_is_green(tmp_path: Path) -> None:
    assert gate(tmp_path, "--deselect", "test_sample.py::test_is_skipped").returncode == 0


def test_the_second_database_gets_the_tests_that_touch_a_database(tmp_path: Path) -> None:
    result = gate(tmp_path, "--database-only", "-vv")
    assert result.returncode == 0
    assert "test_reads_the_database" in result.stdout
    assert "test_runs" not in result.stdout
