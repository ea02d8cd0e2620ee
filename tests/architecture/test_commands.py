"""The commands behave as CI and other machines expect."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture.repository import ROOT, name_of, tracked

DOCUMENTED = re.compile(r"\./run ([a-z]+)")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ROOT / "run"), *arguments], capture_output=True, text=True, check=False, cwd="/"
    )


def test_ci_calls_the_gate_and_nothing_else() -> None:
    lines = (ROOT / ".ci/run").read_text().splitlines()
    code = [line for line in lines if line and not line.startswith("#")]
    assert code == ['exec "$(dirname "${BASH_SOURCE[0]}")/../run" test']


@pytest.mark.parametrize("name", ["run", ".ci/run"])
def test_a_command_can_be_executed(name: str) -> None:
    assert os.access(ROOT / name, os.X_OK)


def test_help_names_every_command() -> None:
    commands = set(re.findall(r"^  ([a-z]+)\)", (ROOT / "run").read_text(), re.MULTILINE))
    assert commands - {"help"} == set(DOCUMENTED.findall(run("help").stdout)) != set()


def test_documents_name_only_commands_that_exist() -> None:
    known = set(DOCUMENTED.findall(run("help").stdout)) | {"help"}
    unknown = {
        name_of(path): sorted(set(DOCUMENTED.findall(path.read_text())) - known)
        for path in tracked(".md")
    }
    assert {name: words for name, words in unknown.items() if words} == {}


def test_an_unknown_command_shows_the_help_and_fails() -> None:
    result = run("dmeo")
    assert (result.returncode, "./run demo" in result.stdout) == (2, True)


def test_an_unknown_option_is_refused_by_name() -> None:
    result = run("demo", "--prot", "8080")
    assert result.returncode == 1
    assert "--prot" in result.stderr


def test_without_a_python_the_message_says_which_one_is_needed(tmp_path: Path) -> None:
    script = (ROOT / "run").read_text().rsplit("# ----", 1)[0]
    (tmp_path / "run").write_text(f"{script}\nPATH=/nowhere find_python\n")
    result = subprocess.run(
        ["/bin/bash", tmp_path / "run"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin"},
    )
    assert result.returncode == 1
    assert "Python 3.11 or newer" in result.stderr
