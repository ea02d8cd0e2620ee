"""One JSON object per line, written in one call, as Cloud Logging reads it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from activations.domain.caller import Caller, current_caller, current_trace
from jitaccess import tracing
from jitaccess.logging import CloudLoggingFormatter, OneWriteHandler, configure
from tests.jitaccess.cases import cases, vectors

LABELS = "logging.googleapis.com/labels"
TRACE = "logging.googleapis.com/trace"
LINES = {"trace_and_user", "trace_and_access_levels", "no_trace_no_principal"}


def line(record: logging.LogRecord) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(CloudLoggingFormatter().format(record))
    return found


def record(message: str, *args: object, level: int = logging.INFO, **extra: Any) -> Any:
    return logging.getLogger("x").makeRecord("x", level, "f", 1, message, args, None, extra=extra)


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Outside of requests, and before the project is known."""
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    told = dict(tracing._told)
    tracing._told.clear()
    trace, caller = current_trace.set(""), current_caller.set(None)
    yield
    current_trace.reset(trace)
    current_caller.reset(caller)
    tracing._told.update(told)


@vectors("log_entries", names=LINES)
def test_lines_are_the_originals(
    given: dict[str, Any], expected: dict[str, Any], nobody: None
) -> None:
    current_trace.set(given["trace"] or "")
    if who := given["principal"]:
        current_caller.set(
            Caller(
                email=who["email"],
                subject=who["subject_id"],
                device_id=who["device_id"],
                access_levels=tuple(who["access_levels"]),
            )
        )
    level = logging.getLevelNamesMapping()[given["severity"]]
    assert line(record(given["message"], level=level, event=given["event"])) == expected["line"]


def test_the_vector_left_out_is_held_elsewhere() -> None:
    left_out = {
        "derived_activation_labels_whole_minute": "tests/activations/reporting/test_audit_log.py; its label"
        " `reviewers` comes with multi-party approval"
    }
    assert cases("log_entries").keys() == LINES | left_out.keys()


@pytest.mark.parametrize("name", ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"])
def test_severities_are_cloud_loggings(name: str, nobody: None) -> None:
    level = logging.getLevelNamesMapping()[name]
    assert line(record("m", level=level))["severity"] == name
    assert line(record("m", level=level + 1))["severity"] == "DEFAULT"


def test_a_trace_names_the_project_once_it_is_known(
    nobody: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    current_trace.set("a" * 32)
    assert line(record("m"))[TRACE] == "a" * 32
    tracing.remember_project_id("p-told")
    assert line(record("m"))[TRACE] == f"projects/p-told/traces/{'a' * 32}"
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "p-env")
    assert line(record("m"))[TRACE] == f"projects/p-env/traces/{'a' * 32}"


def test_an_exception_is_told_with_its_traceback_in_the_same_line(nobody: None) -> None:
    with pytest.raises(ValueError, match="nothing") as raised:
        int("nothing")
    broken = logging.getLogger("x").makeRecord(
        "x", logging.ERROR, "f", 1, "Unexpected", (), raised._excinfo
    )
    text = CloudLoggingFormatter().format(broken)
    assert "\n" not in text
    message = json.loads(text)["message"]
    assert message.startswith("Unexpected\nTraceback (most recent call last):")
    assert message.endswith("ValueError: invalid literal for int() with base 10: 'nothing'")


def test_labels_are_text_and_the_events_own_win(nobody: None) -> None:
    found = line(record("m", event="e", labels={"n": 5, "user": "bob"}))[LABELS]
    assert found == {"event": "e", "n": "5", "user": "bob"}


def test_a_line_without_event_names_its_logger(nobody: None) -> None:
    assert line(record("m"))[LABELS] == {"event": "x"}


@pytest.mark.parametrize("text", ["a\nb\r\nc", "\u2028\u2029", "é 漢 🎉", '"}{', "\x00\x1b[31m"])
def test_whatever_is_said_stays_one_line_and_comes_back(text: str, nobody: None) -> None:
    written = CloudLoggingFormatter().format(record("%s", text))
    assert "\n" not in written
    assert "\r" not in written
    assert json.loads(written)["message"] == text


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, restored afterwards."""
    logger = logging.getLogger()
    kept = (logger.level, logger.handlers[:])
    levels = {
        name: logging.getLogger(name).level
        for name in ("google.auth", "urllib3", "django.request", "django.security")
    }
    yield logger
    logger.level, logger.handlers = kept
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def test_even_lone_surrogates_leave_valid_json(
    root: logging.Logger, capfd: pytest.CaptureFixture[str]
) -> None:
    configure({})
    logging.getLogger("x").error("half \ud83d a letter")
    assert json.loads(capfd.readouterr().out)["message"] == "half \ud83d a letter"


def test_lines_of_many_threads_never_merge(
    root: logging.Logger, capfd: pytest.CaptureFixture[str]
) -> None:
    configure({})
    logger = logging.getLogger("crowd")

    def talk(number: int) -> None:
        for turn in range(50):
            logger.info("%s %s %s", number, turn, "x" * 3000, extra={"event": "talk"})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(talk, range(8)))
    lines = [json.loads(text) for text in capfd.readouterr().out.splitlines()]
    said = {tuple(entry["message"].split()[:2]) for entry in lines}
    assert len(lines) == len(said) == 400


def test_a_line_goes_out_in_one_write(root: logging.Logger) -> None:
    pieces: list[bytes] = []

    class Listener(OneWriteHandler):
        def _write(self, line: bytes) -> None:
            pieces.append(line)

    handler = Listener()
    handler.setFormatter(CloudLoggingFormatter())
    root.handlers = [handler]
    logging.getLogger("x").error("two\nlines")
    (piece,) = pieces
    assert piece.endswith(b"}\n")
    assert piece.count(b"\n") == 1


def test_what_cannot_be_written_breaks_nothing(
    root: logging.Logger, capfd: pytest.CaptureFixture[str]
) -> None:
    configure({})
    logging.getLogger("x").error("%d", "no number")
    logging.getLogger("x").error("next")
    assert json.loads(capfd.readouterr().out)["message"] == "next"
