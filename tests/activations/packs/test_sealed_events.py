"""An event without its content is accepted only where it is about something else than the pack."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator import Simulator
from tests.activations.admin import history
from tests.activations.admin.history import HOUR, NOON
from tests.activations.evidence.recorded_history import record_history
from tests.activations.packs.opened import OpenPack, make
from tests.activations.packs.test_tampering import finds, write_both
from tests.conftest import PersonClient

pytestmark = pytest.mark.one_database

TEXTS = ("kind", "project_id", "role", "person_email", "actor_email", "actor_subject")
SEALED: dict[str, Any] = {
    **dict.fromkeys((*TEXTS, "was", "became", "comment"), ""),
    **dict.fromkeys(("request_id", "grant_id", "pseudonymized_by")),
    "details": {},
}


@pytest.fixture
def of_project(db: None, tmp_path: Path) -> OpenPack:
    """An unsigned pack of one project, with two sealed events of another."""
    history.grant(NOON)
    history.grant(of=history.request(NOON, project_id="payroll"))
    history.grant(NOON + HOUR)
    return make(tmp_path, "--project", "billing-prod", "--unsigned")


def test_a_request_whose_events_were_sealed_is_found_in_a_pack_of_all_projects(
    person: Callable[[str], PersonClient], simulated: Simulator, tmp_path: Path
) -> None:
    record_history(person, simulated)
    pack = make(tmp_path, "--unsigned")
    hidden = next(row["request_id"] for row in pack.rows("requests") if row["approved_by"])
    for table in ("requests", "grants"):
        rows = [row for row in pack.rows(table) if row["request_id"] != hidden]
        write_both(pack, table, rows)
    write_both(
        pack, "access", [row for row in pack.rows("access") if hidden not in row["request_ids"]]
    )
    events = pack.rows("events")
    number = next(row["sequence"] for row in events if row["request_id"] == hidden)
    write_both(
        pack, "events", [row | SEALED if row["request_id"] == hidden else row for row in events]
    )
    head = pack.manifest["chain"]["head"]
    finds(
        pack,
        f"event {number} has no content",
        "--head",
        f"{head['sequence']}:{head['hash']}",
    )


def test_a_pack_of_one_project_says_how_many_events_are_sealed(of_project: OpenPack) -> None:
    status, said = of_project.verify()
    assert status == 0, said
    assert "2 events are sealed" in said
    assert "about the project of this pack is not verified" in said
    assert "verify.py says how many these are" in (of_project.folder / "README.txt").read_text()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("details", {"rows": {"request": {"justification": "bug 24"}}}),
        ("request_id", "00000000-0000-4000-8000-000000000000"),
        ("actor_email", "bob@example.com"),
    ],
)
def test_a_sealed_event_that_says_something_is_found(
    of_project: OpenPack, column: str, value: object
) -> None:
    rows = of_project.rows("events")
    sealed = next(row for row in rows if not row["kind"])
    sealed[column] = value
    write_both(of_project, "events", rows)
    finds(of_project, f"has no kind, so that nothing proves its {column}")


def test_a_pack_of_all_projects_cannot_pass_for_one_of_a_project(tmp_path: Path, db: None) -> None:
    history.grant(NOON)
    history.grant(of=history.request(NOON, project_id="payroll"))
    pack = make(tmp_path, "--unsigned")
    pack.write_manifest(pack.manifest | {"project_id": "billing-prod"})
    finds(pack, "is about payroll, the pack is about billing-prod")
