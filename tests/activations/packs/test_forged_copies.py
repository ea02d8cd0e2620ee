"""Each column of requests and grants follows from the events or from another row: what does not is found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from activations.domain.states import GRANT_PRECEDENCE
from activations.exports.grants import ENDED_BY_PEOPLE, GRANTS
from activations.exports.requests import REQUESTS
from activations.packs.verifier import copies, rows
from simulator import Simulator
from tests.activations.evidence.recorded_history import record_history
from tests.activations.packs.opened import OpenPack, make
from tests.activations.packs.test_tampering import finds, write_both
from tests.conftest import PersonClient
from tests.journeys.approvals import decide
from tests.journeys.schedules import scheduled_request
from tests.journeys.shop import COMPUTE

pytestmark = pytest.mark.one_database

SOMETIME = "2040-01-01T00:00:00.000000Z"
ELSEWHERE = "00000000-0000-4000-8000-000000000000"
MALLORY = "mallory@example.com"
# What a person could write into any column of this name.
FORGED: dict[str, Any] = {
    **dict.fromkeys(("requested_minutes", "write_attempts", "event_sequence"), 77),
    **{name: [MALLORY] for name in ("roles", "failures", "approved_by", "reviewers_asked")},
    **{name: [MALLORY] for name in ("eligible_by", "grant_ids", "approval_comments")},
    **dict.fromkeys(
        ("requested_at", "decided_at", "expires_at", "start_at", "written_at"), SOMETIME
    ),
    **dict.fromkeys(("start", "planned_end", "actual_end", "binding_end", "access_end"), SOMETIME),
    "approved_at": [SOMETIME],
    "parent_id": ELSEWHERE,
    "break_glass": True,
    "state": "withdrawn",
    "outcome": "DECLINED",
}
# No event records when a binding was seen to be removed, or what a verification found.
NOT_COMPARED = {"schema_version", "removed_at", "differs_from_events"}


@pytest.fixture
def unsigned(
    person: Callable[[str], PersonClient], simulated: Simulator, tmp_path: Path
) -> OpenPack:
    """An unsigned pack with requests of every outcome."""
    record_history(person, simulated)
    return make(tmp_path, "--unsigned")


def forge(pack: OpenPack, table: str, number: int, column: str) -> None:
    """Change one column of one row."""
    found = pack.rows(table)
    value = FORGED.get(column, "forged")
    write_both(
        pack,
        table,
        [row | {column: value} if at == number else row for at, row in enumerate(found)],
    )


@pytest.mark.parametrize(
    ("table", "names"), [("requests", REQUESTS.names), ("grants", GRANTS.names)]
)
def test_each_forged_column_is_found(unsigned: OpenPack, table: str, names: list[str]) -> None:
    """One by one, so that no other finding covers for it."""
    found = unsigned.rows(table)
    number = next(number for number, row in enumerate(found) if row["approved_by"])
    missed = []
    for column in set(names) - NOT_COMPARED:
        forge(unsigned, table, number, column)
        if unsigned.verify()[0] == 0:
            missed.append(column)
        write_both(unsigned, table, found)
    assert missed == []


def test_a_grant_and_its_request_that_were_forged_together_are_found(unsigned: OpenPack) -> None:
    """The events still say what was approved, by whom, and with which words."""
    request = next(row for row in unsigned.rows("requests") if row["approved_by"])["request_id"]
    changes = {"approved_at": [SOMETIME], "approval_comments": ["never"], "person_subject": "x"}
    for table in ("requests", "grants"):
        write_both(
            unsigned,
            table,
            [
                row | changes if row["request_id"] == request else row
                for row in unsigned.rows(table)
            ],
        )
    for column, value in changes.items():
        finds(unsigned, f"request {request}: {column} is {value!r}, its events say")


def test_a_grant_that_never_gave_access_cannot_be_left_out(
    alice: PersonClient, tmp_path: Path
) -> None:
    scheduled = scheduled_request(alice, COMPUTE)
    assert decide(alice, scheduled, "withdraw", "plans changed").status_code == 200
    pack = make(tmp_path, "--unsigned")
    [grant] = pack.rows("grants")
    pack.write("grants", [])
    pack.hash_again()
    finds(pack, f"grant {grant['grant_id']} is in the events, but not in grants.jsonl")


def test_the_program_has_the_words_of_the_product() -> None:
    """It repeats them, because it runs without the product."""
    assert list(copies.PRECEDENCE) == [str(status) for status in GRANT_PRECEDENCE]
    assert {str(reason) for reason in ENDED_BY_PEOPLE} == rows.ENDED_BY_PEOPLE
