"""gunicorn.conf.py refuses an invalid port or number of workers, and uses memory where it is writable."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.repository import ROOT
from tests.jitaccess.log_lines import labels
from tests.jitaccess.served import run


def configuration() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "gunicorn.conf.py"))


@pytest.mark.parametrize(("value", "workers"), [("", 1), ("  ", 1), ("1", 1), (" 4 ", 4)])
def test_blank_is_not_set(value: str, workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", value)
    assert configuration()["workers"] == workers


@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5", "١", "1_0"])
def test_an_invalid_number_ends_with_what_to_set(
    value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", value)
    with pytest.raises(SystemExit, match="1"):
        configuration()
    assert "WEB_CONCURRENCY must be a number of worker" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["0", "-1", "http", "65536", "99999", "80.0", "١"])
def test_a_port_that_cannot_be_listened_on_ends_with_what_to_set(
    value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", value)
    with pytest.raises(SystemExit, match="1"):
        configuration()
    assert "PORT must be a number from 1 to 65535" in capsys.readouterr().err


def test_a_port_is_listened_on(monkeypatch: pytest.MonkeyPatch) -> None:
    for value, bound in (("", "0.0.0.0:8080"), ("65535", "0.0.0.0:65535")):
        monkeypatch.setenv("PORT", value)
        assert configuration()["bind"] == bound


@pytest.mark.parametrize("variable", ["WEB_CONCURRENCY", "PORT"])
def test_the_server_itself_says_so_in_one_entry(variable: str) -> None:
    refused = run({variable: "0"}, "-m", "gunicorn", "jitaccess.wsgi")
    assert refused.returncode == 1
    (line,) = refused.stdout.splitlines()
    entry = json.loads(line)
    assert labels(entry)["event"] == "runtime.refused"
    (problem,) = entry["problems"]
    assert problem.startswith(f"{variable} must be a number")
    assert refused.stderr == f"JIT Access cannot start. {problem}\n"


def test_memory_that_cannot_be_written_is_not_used(tmp_path: Path) -> None:
    folder = configuration()["_memory_folder"]
    assert folder(str(tmp_path)) == str(tmp_path)
    assert folder(str(tmp_path / "missing")) is None
