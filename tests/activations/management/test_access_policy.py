"""`manage.py access_policy`, and the JSON Schema in the documentation."""

from __future__ import annotations

import io
import json
import sys
from datetime import timedelta
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]  # ships no types
import pytest
import yaml
from django.core.management import CommandError, call_command
from pytest_django import Settings

from activations.evidence.verification import verify
from activations.models import Event
from policies.models import PolicyProposal
from tests.architecture.repository import ROOT
from tests.policies.recipes import DOCUMENTS

SCHEMA = ROOT / "docs/access-policy.schema.json"


def output(*arguments: str) -> str:
    stdout = io.StringIO()
    call_command("access_policy", *arguments, stdout=stdout)
    return stdout.getvalue()


def check(path: Path, text: str | bytes) -> str:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return output("check", str(path))


def failure(path: Path, text: str | bytes) -> tuple[str, str, int]:
    """What is printed, the last line, and the exit code."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    stdout = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("access_policy", "check", str(path), stdout=stdout)
    return stdout.getvalue(), str(caught.value), caught.value.returncode


def test_a_valid_document_is_summarized_with_its_hash(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    assert check(file, "version: 1\nrules: [{name: a}]\n").startswith(f"{file}: 1 rule, SHA-256 ")
    assert check(file, "version: 1\nrules: []\n").startswith(f"{file}: 0 rules, SHA-256 ")


def test_errors_are_printed_with_file_line_and_column_and_end_with_1(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    printed, last, code = failure(file, "version: 2\nrules: {}\n")
    assert printed.splitlines() == [
        f"{file}:1:10: version must be 1; found the number 2.",
        f"{file}:2:8: rules must be a list; found an empty mapping.",
    ]
    assert (last, code) == (f"2 errors in {file}", 1)
    assert failure(file, "version: 1\n")[1] == f"1 error in {file}"


def test_warnings_are_printed_and_the_document_is_valid(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    lines = check(file, "version: 1\nrules: [{name: a}, {name: b}]\n").splitlines()
    assert lines[0].startswith(f"{file}:2:20: The rule 'b' never decides")
    assert lines[0].endswith("(warning)")
    assert "2 rules" in lines[1]


LATE = (
    "version: 1\nrules:\n- {name: slow, require: {approval: {stages: [{from: [peers], count: 1}],"
    " remind_after: 2h, escalate: {after: 3h, to: ['group:duty@example.com']}}}}\n"
)


@pytest.mark.django_db
def test_reminders_after_the_end_of_a_request_are_warnings(
    tmp_path: Path, settings: Settings
) -> None:
    settings.ACTIVATION_REQUEST_TIMEOUT = timedelta(minutes=60)
    file = tmp_path / "policy.yaml"
    said = (
        "never happen: without answer_within, a request waits for 60 minutes"
        " (ACTIVATION_REQUEST_TIMEOUT). Add answer_within, or give less time. (warning)\n"
    )
    both = f"{file}:3:3: remind_after and escalate of the rule 'slow' {said}"
    assert check(file, LATE).startswith(both)
    assert import_(file, LATE).startswith(both)
    last = said.replace("happen", "happens").replace("60", "120")
    settings.ACTIVATION_REQUEST_TIMEOUT = timedelta(minutes=120)
    earlier = LATE.replace("remind_after: 2h", "remind_after: 1h")
    assert check(file, earlier).startswith(f"{file}:3:3: escalate of the rule 'slow' {last}")


def test_reminders_before_the_end_of_a_request_are_no_warning(
    tmp_path: Path, settings: Settings
) -> None:
    file = tmp_path / "policy.yaml"
    settings.ACTIVATION_REQUEST_TIMEOUT = timedelta(minutes=181)
    assert "warning" not in check(file, LATE)
    settings.ACTIVATION_REQUEST_TIMEOUT = timedelta(minutes=10)
    assert "warning" not in check(
        file, LATE.replace("remind_after", "answer_within: 4h, remind_after")
    )


def test_a_document_is_read_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    given = io.TextIOWrapper(io.BytesIO(b"version: 1\nrules: []\n"))
    monkeypatch.setattr(sys, "stdin", given)
    assert output("check", "-").startswith("-: 0 rules")


def test_a_file_that_cannot_be_read_ends_with_1(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read: No such file") as caught:
        output("check", str(tmp_path / "missing.yaml"))
    assert caught.value.returncode == 1


def test_a_file_in_another_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    assert failure(file, b"version: 1\n# Z\xfcrich\n")[1] == f"{file}:2: the document must be UTF-8"


SHORT = "version: 1\nrules:\n- {name: all, require: {duration: {max: 1h}}}\n"


def import_(path: Path, text: str, *more: str) -> str:
    path.write_text(text)
    return output("import", str(path), "--as-deployment", *more)


@pytest.mark.django_db
def test_an_import_is_active_at_once_and_an_event(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    assert import_(file, SHORT, "--comment", "CHG-1").endswith("Active from now on.\n")
    [event] = Event.objects.all()
    version = PolicyProposal.objects.get().version
    assert (event.kind, event.comment) == ("policy.imported", "CHG-1")
    assert event.actor_email.startswith("command line (")
    assert event.details["sha256"] == version.sha256
    assert (event.details["as_deployment"], event.details["channel"]) == (True, "command")
    assert verify().problem is None
    assert output("export") == SHORT


@pytest.mark.django_db
def test_the_same_document_again_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    import_(file, SHORT)
    assert import_(file, SHORT).endswith("It is active already.\n")
    assert Event.objects.count() == 1


@pytest.mark.django_db
def test_an_import_must_be_confirmed(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(SHORT)
    with pytest.raises(CommandError, match="--as-deployment"):
        output("import", str(file))


@pytest.mark.django_db
def test_a_comment_that_is_too_long_imports_nothing(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="at most 1000"):
        import_(tmp_path / "policy.yaml", SHORT, "--comment", "x" * 1001)
    assert not PolicyProposal.objects.exists()


@pytest.mark.django_db
def test_differences_to_the_active_policy_are_printed(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    import_(file, SHORT)
    assert output("diff", str(file)) == "The document is the active policy.\n"
    file.write_text(SHORT.replace("1h", "2h"))
    lines = output("diff", str(file)).splitlines()
    assert lines[:2] == ["--- active", f"+++ {file}"]
    assert lines[-2:] == [
        "-- {name: all, require: {duration: {max: 1h}}}",
        "+- {name: all, require: {duration: {max: 2h}}}",
    ]


@pytest.mark.django_db
def test_without_an_active_policy_there_is_nothing_to_export(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No access policy is active"):
        output("export")
    file = tmp_path / "policy.yaml"
    file.write_text(SHORT)
    assert "+version: 1" in output("diff", str(file)).splitlines()


def test_the_schema_in_the_documentation_is_the_one_that_is_printed() -> None:
    assert output("schema") == SCHEMA.read_text()


@pytest.mark.parametrize("text", DOCUMENTS)
def test_the_schema_allows_the_documents_of_the_page(text: str) -> None:
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(yaml.safe_load(text))


@pytest.mark.parametrize(
    "text",
    [
        "{version: 2, rules: []}",
        "{version: 1}",
        "{version: 1, rules: [{name: a, colour: red}]}",
        "{version: 1, rules: [{name: a, when: {roles: []}}]}",
        "{version: 1, rules: [{name: a, require: {duration: {max: 90}}}]}",
        "{version: 1, rules: [{name: a, require: {approval: {stages: [{from: [all], count: 1}]}}}]}",
        "{version: 1, rules: [{name: a, require: null}]}",
    ],
)
def test_the_schema_refuses_what_is_never_allowed(text: str) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    assert not validator.is_valid(yaml.safe_load(text))


def test_every_key_of_the_document_has_a_description() -> None:
    schema = json.loads(SCHEMA.read_text())
    own = {"name", "when", "require", "break_glass", "version", "rules"}
    undescribed = {
        f"{name}.{key}"
        for name, part in schema["$defs"].items()
        for key, value in part["properties"].items()
        if "description" not in value and "$ref" not in value and key not in own
    }
    assert undescribed == {"Approval.stages"}
