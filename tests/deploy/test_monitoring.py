"""Metrics, alerts and the dashboard use what the application logs."""

from __future__ import annotations

import json
import logging
import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from activations.domain.audit_entries import FindingKind
from activations.reconciliation.counts import Counts
from activations.reporting.metrics import log_metrics, metrics
from tests.architecture.repository import ROOT
from tests.deploy.log_filters import fields, matches, received
from tests.deploy.schema import discovery, unknown_fields
from tests.deploy.terraform import MODULES, module_in
from tests.deploy.test_gcloud import commands
from tests.deploy.test_operations_page import logged
from tests.jitaccess.log_lines import listening

pytestmark = pytest.mark.one_database


MODULE = module_in(MODULES / "monitoring")
DASHBOARD = json.loads((MODULES / "monitoring/dashboard.json").read_text())
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
DEFAULTS = {"index_age_seconds": "21600"}


def plain(value: Any) -> Any:
    """Return a string without its escapes, with the variables' defaults; other values unchanged."""
    if not isinstance(value, str) or not value.startswith('"'):
        return value
    text = json.loads(value)
    return re.sub(r"\$\{var\.(\w+)\}", lambda found: DEFAULTS[found[1]], text)


def table(name: str) -> dict[str, dict[str, Any]]:
    """Return one of the module's tables in `locals`."""
    (rows,) = (block[name] for block in MODULE.blocks["locals"] if name in block)
    return {
        key: {field: plain(value) for field, value in row.items() if field != "__is_block__"}
        for key, row in rows.items()
        if key != "__is_block__"
    }


COUNTERS = {name: row["filter"] for name, row in table("counters").items()}
DISTRIBUTIONS = table("distributions")


def made_with_gcloud() -> dict[str, str]:
    """Return the filters of the metrics in docs/operations.md."""
    page = (ROOT / "docs/operations.md").read_text()
    found = {}
    for command in commands(page):
        words = shlex.split(command)
        if words[:4] == ["gcloud", "logging", "metrics", "create"]:
            (text,) = (word for word in words if word.startswith("--log-filter="))
            found[words[4]] = text.removeprefix("--log-filter=")
    return found


def test_the_defaults_are_those_of_the_variables() -> None:
    variables = MODULE.labelled("variable")
    assert {name: str(variables[name]["default"]) for name in DEFAULTS} == DEFAULTS


def test_gcloud_and_terraform_make_the_same_metrics() -> None:
    gcloud = made_with_gcloud()
    assert len(gcloud) > 10
    assert gcloud == {name: COUNTERS[name] for name in gcloud}


def test_every_counter_has_an_alert_or_is_on_the_dashboard() -> None:
    alerts = set(table("counted")) | set(table("silent"))
    ratio = set(re.findall(r'counts\["(\w+)"\]', MODULE.text))
    assert set(COUNTERS) - alerts - ratio - set(on_the_dashboard()) == set()
    assert (alerts | ratio) - set(COUNTERS) == set()


def test_alerts_are_those_that_the_page_explains() -> None:
    page = (ROOT / "docs/operations.md").read_text()
    alerts = page.split("| alert | when | because |")[1].split("\n\n")[0]
    explained = set(re.findall(r"^\| `(\w+)`", alerts, re.MULTILINE))
    assert explained == set(table("counted")) | set(table("silent"))


@pytest.mark.parametrize("name", [*COUNTERS, *DISTRIBUTIONS])
def test_metrics_are_made_from_events_and_numbers_that_are_logged(name: str, db: None) -> None:
    text = COUNTERS.get(name) or DISTRIBUTIONS[name]["filter"]
    events = set(re.findall(r'labels\.event="([\w.]+)"', text))
    assert events
    assert events - logged() == set()
    numbers = set(re.findall(r"jsonPayload\.metrics\.(\w+)", text + str(DISTRIBUTIONS.get(name))))
    known = Counts().as_dict() if events == {"reconcile.done"} else metrics(NOON)
    assert numbers - set(known) == set()


@pytest.mark.parametrize("name", COUNTERS)
def test_filters_name_fields_of_log_entries(name: str) -> None:
    properties = discovery("logging.v2")["schemas"]["LogEntry"]["properties"]
    assert {field.split(".")[0] for field in fields(COUNTERS[name])} - set(properties) == set()


def test_the_numbers_of_each_minute_are_counted_and_compared(db: None) -> None:
    with listening() as log:
        log_metrics(now=NOON)
    (entry,) = [received(line) for line in log.of("metrics")]
    assert matched(entry) == {"jitaccess_numbers"}
    entry["jsonPayload"]["metrics"] |= {"index_age_seconds": 21601, "outbox_age_seconds": 901}
    assert matched(entry) == {"jitaccess_numbers", "jitaccess_old_index", "jitaccess_late_messages"}


@pytest.mark.parametrize(
    ("logger", "level", "extra", "counted"),
    [
        ("http", "INFO", {"event": "http.request", "http_request": {"status": 200}}, {"requests"}),
        (
            *("http", "INFO", {"event": "http.request", "http_request": {"status": 503}}),
            {"requests", "server_errors"},
        ),
        ("audit", "ERROR", {"event": "api.activateRole"}, {"failed_activations"}),
        (
            *("audit", "INFO"),
            {"event": "api.activateRole", "labels": {"activation_id": "jit-1"}},
            {"activations"},
        ),
        (
            *("audit", "INFO"),
            {"event": "api.activateRole", "labels": {"activation_id": "mpa-1"}},
            {"approvals"},
        ),
        ("audit", "ERROR", {"event": "api.endAccess"}, {"refused_ends"}),
        ("audit", "INFO", {"event": "api.endAccess"}, set()),
        ("reconcile", "WARNING", {"event": "reconcile.endFailed"}, {"refused_ends"}),
        (
            *("reconcile", "INFO"),
            {"event": "reconcile.done", "metrics": Counts(drifted=0).as_dict()},
            {"reconciled"},
        ),
        (
            *("reconcile", "INFO"),
            {"event": "reconcile.done", "metrics": Counts(drifted=1).as_dict()},
            {"reconciled", "drift"},
        ),
        ("iap", "INFO", {"event": "iap.authenticate"}, set()),
        ("iap", "ERROR", {"event": "iap.authenticate"}, {"bad_assertions"}),
        ("mail", "WARNING", {"event": "notifications.deliver"}, set()),
        ("mail", "ERROR", {"event": "notifications.deliver"}, {"dead_letters"}),
        *[
            ("google_audit", "WARNING", {"event": f"audit_log.{kind.value}"}, {"audit_findings"})
            for kind in FindingKind
        ],
        ("google_audit", "INFO", {"event": "audit_log.done"}, {"compared"}),
        ("start", "INFO", {"event": "start.access_policy"}, set()),
        ("start", "ERROR", {"event": "start.access_policy"}, {"access_policy"}),
        ("ending_soon", "ERROR", {"event": "ending_soon.failed"}, {"untold_holders"}),
        ("deliveries", "WARNING", {"event": "export.failed"}, {"failed_exports"}),
    ],
)
def test_entries_are_counted_as_the_alert_says(
    logger: str, level: str, extra: dict[str, Any], counted: set[str]
) -> None:
    with listening() as log:
        logging.getLogger(f"jitaccess.{logger}").log(
            logging.getLevelName(level), "text", extra=extra
        )
    (entry,) = log.entries
    assert matched(received(entry)) == {f"jitaccess_{name}" for name in counted}


def matched(entry: dict[str, Any]) -> set[str]:
    return {name for name, text in COUNTERS.items() if matches(text, entry)}


def test_the_duration_is_read_from_the_entry_of_a_request() -> None:
    extractor = DISTRIBUTIONS["jitaccess_latency"]["extractor"]
    field, pattern = re.findall(r'REGEXP_EXTRACT\(([\w.]+), "(.+)"\)', extractor)[0]
    assert field == "httpRequest.latency"
    assert re.fullmatch(pattern, f"{1.25:.3f}s", re.ASCII)[1] == "1.250"  # type: ignore[index]


# The dashboard


def queries(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "filter":
                yield inner
            yield from queries(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from queries(inner)


def on_the_dashboard() -> set[str]:
    prefix = 'metric.type="logging.googleapis.com/user/'
    return {text.removeprefix(prefix).removesuffix('"') for text in queries(DASHBOARD)}


def test_the_dashboard_is_one_that_the_api_describes() -> None:
    assert list(unknown_fields(DASHBOARD, "Dashboard", api="monitoring.v1")) == []


def test_the_dashboard_shows_metrics_that_are_made() -> None:
    assert on_the_dashboard() - set(COUNTERS) - set(DISTRIBUTIONS) == set()
    assert set(DISTRIBUTIONS) - on_the_dashboard() == set()


def test_tiles_fill_the_width_and_do_not_overlap() -> None:
    layout = DASHBOARD["mosaicLayout"]
    taken: set[tuple[int, int]] = set()
    for tile in layout["tiles"]:
        columns = range(tile["xPos"], tile["xPos"] + tile["width"])
        cells = {(x, tile["yPos"] + y) for x in columns for y in range(tile["height"])}
        assert cells & taken == set(), tile["widget"]["title"]
        taken |= cells
    height = max(y for _, y in taken) + 1
    assert len(taken) == layout["columns"] * height


def test_the_uptime_check_accepts_only_the_answer_of_the_proxy() -> None:
    """401 is IAP's; the application answers 200 on this path, and only without IAP in front of it."""
    check = MODULE.bodies["google_monitoring_uptime_check_config.proxy"]
    assert "/health/alive" in check
    assert re.findall(r"'status_value': (\d+)", check) == ["401"]
    assert "application/json" in check
