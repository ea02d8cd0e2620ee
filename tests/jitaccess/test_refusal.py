"""A start that is refused says everything at once: one log entry, then a short text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from googlecloud.errors import Denied, Unavailable
from jitaccess.near_names import READ_ELSEWHERE, NearName, near_names
from jitaccess.refusal import StartRefused, refusing, reporting
from tests.jitaccess.log_lines import LogLines, labels
from tests.jitaccess.served import run
from tests.jitaccess.start import LEAST, Starter

MALFORMED = {
    "ACTIVATION_TIMEOUT": "2h",
    "BASE_URL": "jit.example.com",
    "IAP_VERIFY_AUDIENCE": "no",
    "JUSTIFICATION_PATTERN": "(",
    "ADMINISTRATORS": "olga@example.com",
    "SMTP_PORT": "mail",
    "SMTP_SENDER_ADDRESS": "jit",
    "SMTP_SECRET": "secret",
    "DATABASE_URL": "mysql://u@h/n",
    "RESOURCE_CATALOG": "Both",
}


def test_missing_and_malformed_variables_are_named_together(start: Starter) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        start(RESOURCE_SCOPE="", SECRET_KEY="", **MALFORMED)
    text = str(refused.value)
    problems: tuple[str, ...] = refused.value.problems  # type: ignore[attr-defined]  # our subclass
    names = ["RESOURCE_SCOPE", "SECRET_KEY_SECRET", *MALFORMED]
    assert len(problems) == len(names)
    for name in names:
        assert name in text
        assert any(name in problem for problem in problems)


def test_a_refused_start_is_one_entry_and_a_short_text() -> None:
    broken = {name: value for name, value in LEAST.items() if name != "RESOURCE_SCOPE"}
    for command in (("-c", "import jitaccess.wsgi"), ("manage.py", "migrate")):
        refused = run(broken | {"ACTIVATION_TIMEOUT": "2h"}, *command)
        assert refused.returncode != 0
        (line,) = refused.stdout.splitlines()
        entry = json.loads(line)
        assert (entry["severity"], labels(entry)["event"]) == ("CRITICAL", "runtime.refused")
        assert [problem.split()[0] for problem in entry["problems"]] == [
            "RESOURCE_SCOPE",
            "ACTIVATION_TIMEOUT",
        ]
        assert refused.stderr.startswith("JIT Access cannot start. The configuration")
        assert "Traceback" not in refused.stderr
        assert len(refused.stderr.splitlines()) < 10


def test_states_that_prevent_a_start_are_listed(log: LogLines, capsys: Any) -> None:
    with pytest.raises(SystemExit) as ended, refusing(status=4):
        raise StartRefused(["One.", "Two."])
    assert ended.value.code == 4
    (entry,) = log.of("runtime.refused")
    assert (entry["problems"], entry["severity"]) == (["One.", "Two."], "CRITICAL")
    assert capsys.readouterr().err == "JIT Access cannot start. One.\nTwo.\n"


@pytest.mark.parametrize("is_bug", [True, False])
def test_only_a_bug_in_a_command_has_a_traceback_and_it_is_in_the_entry(
    is_bug: bool, log: LogLines, capsys: Any
) -> None:
    error = KeyError("x") if is_bug else Denied("Google refuses")
    with pytest.raises(SystemExit, match="1"), reporting(["manage.py", "deliver"]):
        raise error
    (entry,) = log.of("job.failed")
    assert ("Traceback" in entry["message"]) is is_bug
    assert labels(entry)["job"] == "deliver"
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("deliver failed. ")


def test_refusals_of_commands_and_wanted_tracebacks_stay_as_they_are(log: LogLines) -> None:
    with pytest.raises(CommandError), reporting(["manage.py", "reconcile"]):
        raise CommandError("no such project")
    with pytest.raises(KeyError), reporting(["manage.py", "deliver", "--traceback"]):
        raise KeyError("x")
    assert log.of("job.failed") == []


class Delivering(BaseCommand):
    """Reports an outage, or a mistake of the person who calls it, with a text of its own."""

    requires_system_checks = ()

    def __init__(self, cause: Exception | None) -> None:
        super().__init__()
        self._cause = cause

    def handle(self, *args: Any, **options: Any) -> None:
        raise CommandError("Not everything was delivered.", returncode=2) from self._cause


@pytest.mark.parametrize(
    ("cause", "logged"),
    [
        (Unavailable("Google does not answer"), ["deliver_exports failed: Google does not answer"]),
        (OperationalError("no such table"), ["deliver_exports failed: "]),
        (ValueError("no day"), []),
        (None, []),
    ],
)
def test_an_outage_that_a_command_reports_itself_is_an_entry_too(
    cause: Exception | None, logged: list[str], log: LogLines, capsys: Any
) -> None:
    arguments = ["manage.py", "deliver_exports"]
    with pytest.raises(SystemExit, match="2"), reporting(arguments):
        Delivering(cause).run_from_argv(arguments)
    entries = log.of("job.failed")
    assert [
        entry["message"][: len(text)] for entry, text in zip(entries, logged, strict=True)
    ] == logged
    assert {labels(entry)["job"] for entry in entries} <= {"deliver_exports"}
    assert capsys.readouterr().err == "CommandError: Not everything was delivered.\n"


def test_evidence_that_cannot_be_read_is_an_entry_and_ends_with_2(tmp_path: Path) -> None:
    variables = LEAST | {"DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3"}
    failed = run(variables, "manage.py", "verify_evidence", "--skip-checks")
    (entry,) = [json.loads(line) for line in failed.stdout.splitlines() if "job.failed" in line]
    assert (entry["severity"], labels(entry)["job"]) == ("ERROR", "verify_evidence")
    assert failed.returncode == 2
    assert "The evidence could not be read" in failed.stderr


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("JUSTIFICATION_PATERN", "JUSTIFICATION_PATTERN"),
        ("ADMINISTRATOR", "ADMINISTRATORS"),
        ("BASE_URI", "BASE_URL"),
        ("justification_pattern", "JUSTIFICATION_PATTERN"),
        ("JUSTIFICATION-PATTERN", "JUSTIFICATION_PATTERN"),
        ("IAP_AUDEINCE", "IAP_AUDIENCE"),
    ],
)
def test_a_misspelt_variable_is_a_warning_with_the_right_name(
    written: str, meant: str, start: Starter
) -> None:
    assert start(**{written: "x"})["NEAR_NAMES"] == (NearName(written, meant),)


def test_variables_of_platforms_and_tools_are_not_misspelt(start: Starter) -> None:
    others = ("PATH", "HOME", "HOSTNAME", "K_SERVICE", "K_REVISION", "GAE_RUNTIME", "GAE_MEMORY_MB")
    tools = ("GOOGLE_APPLICATION_CREDENTIALS", "PYTHONPATH", "HTTPS_PROXY", "NO_PROXY", "TZ", "PWD")
    settings = start()
    known = settings["env"].asked
    assert near_names({*others, *tools, *READ_ELSEWHERE, *known}, known) == ()
    assert near_names({"BASE_URI", "BASE_URL"}, known) == ()


@pytest.mark.parametrize("proxy", ["https_proxy", "HTTPS_PROXY"])
def test_the_usual_pair_of_proxies_is_not_misspelt(proxy: str, start: Starter) -> None:
    known = start()["env"].asked
    assert near_names({"http_proxy", "HTTP_PROXY", proxy, "no_proxy"}, known) == ()
    assert near_names({"http_proxy"}, known) == (NearName("http_proxy", "HTTPS_PROXY"),)
