"""gunicorn.conf.py refuses an invalid number of workers, and uses memory where it is writable."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.repository import ROOT
from tests.jitaccess.served import run


def configuration() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "gunicorn.conf.py"))


@pytest.mark.parametrize(("value", "workers"), [("", 1), ("  ", 1), ("1", 1), (" 4 ", 4)])
def test_blank_is_not_set(value: str, workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", value)
    assert configuration()["workers"] == workers


@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5", "١", "1_0"])
def test_an_invalid_number_ends_with_what_to_set(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", value)
    with pytest.raises(SystemExit, match="WEB_CONCURRENCY must be a number of worker"):
        configuration()


def test_the_server_itself_says_so() -> None:
    refused = run({"WEB_CONCURRENCY": "0"}, "-m", "gunicorn", "jitaccess.wsgi")
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1].startswith("WEB_CONCURRENCY must be a number")


def test_memory_that_cannot_be_written_is_not_used(tmp_path: Path) -> None:
    folder = configuration()["_memory_folder"]
    assert folder(str(tmp_path)) == str(tmp_path)
    assert folder(str(tmp_path / "missing")) is None
