"""Each column of an access follows from its grants: the pack's own program finds what does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from activations.exports.access import ACCESS
from simulator import Simulator
from tests.activations.admin import history
from tests.activations.admin.history import HOUR, NOON
from tests.activations.evidence.recorded_history import record_history
from tests.activations.packs.opened import OpenPack, make
from tests.activations.packs.test_tampering import finds, write_both
from tests.conftest import PersonClient

pytestmark = pytest.mark.one_database

SOMETIME = "2040-01-01T00:00:00.000000Z"
FORGED: dict[str, Any] = {
    "person_subject": "accounts.google.com:mallory",
    "person_email": "mallory@example.com",
    "project_id": "payroll",
    "role": "roles/viewer",
    "resource_condition": "true",
    "start": SOMETIME,
    "end": SOMETIME,
    "end_reason": "drifted",
    "ended_by": "mallory@example.com",
    "grants": 7,
    "grant_ids": [],
    "request_ids": [],
    "justifications": ["CASE-321"],
    "tickets": ["CASE-321"],
    "rules": ["all"],
    "activation_types": ["ABC"],
    "approved_by": ["mallory@example.com"],
    "approval_comments": ["never"],
    "break_glass": True,
    "event_sequence": 1,
    "event_hash": "0" * 64,
}


@pytest.fixture
def unsigned(
    person: Callable[[str], PersonClient], simulated: Simulator, tmp_path: Path
) -> OpenPack:
    """An unsigned pack with accesses that were approved, extended and ended."""
    record_history(person, simulated)
    return make(tmp_path, "--unsigned")


def test_each_forged_column_of_an_access_is_found(unsigned: OpenPack) -> None:
    """One by one, so that no other finding covers for it; each column is forged."""
    assert {*FORGED, "schema_version"} == set(ACCESS.names)
    rows = unsigned.rows("access")
    number = max(range(len(rows)), key=lambda one: rows[one]["grants"])
    missed = []
    for column, value in FORGED.items():
        forged = rows[number] | {column: value}
        write_both(unsigned, "access", [*rows[:number], forged, *rows[number + 1 :]])
        if unsigned.verify()[0] == 0:
            missed.append(column)
    assert missed == []


@pytest.fixture
def apart(db: None, tmp_path: Path) -> OpenPack:
    """Alice held a role three times: twice without interruption, and once days later."""
    history.grant(NOON)
    history.grant(NOON + HOUR)
    history.grant(NOON + timedelta(days=3))
    pack = make(tmp_path, "--unsigned")
    assert pack.verify()[0] == 0
    assert [row["grants"] for row in pack.rows("access")] == [2, 1]
    return pack


def test_two_accesses_that_were_merged_are_found(apart: OpenPack) -> None:
    first, second = apart.rows("access")
    lists = {name: first[name] + second[name] for name in ("grant_ids", "request_ids")}
    ends = {name: second[name] for name in ("end", "event_sequence", "event_hash")}
    write_both(apart, "access", [first | lists | ends | {"grants": 3}])
    finds(apart, "it was interrupted before 2025-03-13")


def test_an_access_that_was_split_is_found(apart: OpenPack) -> None:
    whole, other = apart.rows("access")
    grants = {row["grant_id"]: row for row in apart.rows("grants")}
    parts = [
        whole
        | {"grants": 1, "grant_ids": [key], "request_ids": [grants[key]["request_id"]]}
        | {"start": grants[key]["start"], "end": grants[key]["actual_end"]}
        | {name: grants[key][name] for name in ("event_sequence", "event_hash")}
        for key in whole["grant_ids"]
    ]
    write_both(apart, "access", [*parts, other])
    finds(apart, "continues the one before it")


def test_an_access_without_grants_is_found(apart: OpenPack) -> None:
    rows = apart.rows("access")
    write_both(apart, "access", [*rows, rows[0] | {"grant_ids": [], "request_ids": []}])
    finds(apart, "it has no grants")
