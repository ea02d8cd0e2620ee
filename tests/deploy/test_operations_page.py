"""docs/operations.md lists exactly the events of the log, and alerts use only these."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from activations.domain.audit_entries import FindingKind
from activations.domain.request_details import RequestDetails
from tests.architecture.repository import ROOT, tracked
from tests.deploy.schema import discovery

PAGE = (ROOT / "docs/operations.md").read_text()
EVENT = re.compile(r"[a-z_]+(\.[a-zA-Z_]+)?")
PRODUCTION = ("jitaccess/", "activations/", "eligibility/", "googlecloud/")


def events_in(path: Path) -> Iterator[str]:
    """Return the values of `"event": …` and `event=…`, also where they are constants of the module."""
    tree = ast.parse(path.read_text())
    constants = dict(_constants(tree))
    for node in ast.walk(tree):
        for key, value in _pairs(node):
            match value:
                case ast.Constant(value=str(event)) if key == "event":
                    yield event
                case ast.Name(id=name) if key == "event" and name in constants:
                    yield constants[name]


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))):
                yield name, text
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=texts)):
                yield from (
                    (name.id, str(text.value))
                    for name, text in zip(names, texts, strict=True)
                    if isinstance(name, ast.Name) and isinstance(text, ast.Constant)
                )


def _pairs(node: ast.AST) -> Iterator[tuple[object, ast.expr]]:
    match node:
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                yield getattr(key, "value", None), value
        case ast.Call(keywords=keywords):
            yield from ((keyword.arg, keyword.value) for keyword in keywords)


def logged() -> set[str]:
    findings = {f"audit_log.{kind.value}" for kind in FindingKind}
    return findings | {
        event for path in tracked(".py", under=PRODUCTION) for event in events_in(path)
    }


def documented() -> set[str]:
    table = PAGE.split("| event | severity | when |")[1].split("\n\n")[0]
    firsts = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return {event for first in firsts for event in re.findall(r"`([\w.]+)`", first)}


def test_every_event_is_explained() -> None:
    assert {event for event in logged() if EVENT.fullmatch(event)} - documented() == set()


def test_alerts_watch_events_that_exist() -> None:
    watched = set(re.findall(r'labels\.event="([\w.]+)"', PAGE))
    assert watched
    assert watched - logged() == set()


def test_every_metric_that_an_alert_names_is_made() -> None:
    made = set(re.findall(r"gcloud logging metrics create (\w+)", PAGE))
    alerts = PAGE.split("| alert | when | because |")[1].split("\n\n")[0]
    assert made == set(re.findall(r"^\| `(\w+)`", alerts, re.MULTILINE))


def test_labels_that_the_page_names_are_written() -> None:
    (line,) = re.findall(r"^Labels of activations: (.*)\.$", PAGE, re.MULTILINE)
    modules = (ROOT / "activations/reporting").glob("*.py")
    audit = "".join(module.read_text() for module in modules)
    written = set(re.findall(r'"(\w+)"', audit)) | set(RequestDetails.names())
    assert set(re.findall(r"`(\w+)`", line)) - written == set()


def test_metrics_and_logs_are_what_google_calls_them() -> None:
    assert {"name", "filter", "description"} <= set(
        discovery("logging.v2")["schemas"]["LogMetric"]["properties"]
    )
