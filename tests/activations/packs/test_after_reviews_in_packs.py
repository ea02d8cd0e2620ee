"""A pack contains the reviews of break-glass access and the names of deputies; its program verifies both."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from simulator import Simulator
from tests.activations.admin.reading import GRANTS, json_rows
from tests.activations.packs.opened import OpenPack, make
from tests.activations.packs.test_tampering import finds, write_both
from tests.conftest import PersonClient
from tests.journeys.approvals import decide, pending_request
from tests.journeys.glass import RULE, judge, mails, used_glass
from tests.journeys.policies import Activate, policy
from tests.moments import now

pytestmark = pytest.mark.one_database

__all__ = ["mails", "policy"]


@pytest.fixture
def judged(
    alice: PersonClient,
    person: Callable[[str], PersonClient],
    policy: Activate,  # the fixture
    simulated: Simulator,
    tmp_path: Path,
) -> OpenPack:
    """An unsigned pack: Alice used break glass, and Maria judged it."""
    policy(RULE)
    used = used_glass(alice)
    assert judge(person("maria@example.com"), used, "not_justified", "Call Bob").status_code == 200
    simulated.self_impersonation = False
    return make(tmp_path)


def test_a_judged_use_of_break_glass_is_in_the_pack(judged: OpenPack) -> None:
    [row] = judged.rows("after_reviews")
    assert (row["reviewer_email"], row["state"], row["comment"]) == (
        *("maria@example.com", "not_justified"),
        "Call Bob",
    )
    status, said = judged.verify()
    assert (status, said.splitlines()[-1]) == (0, "The pack is valid.")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("state", "justified"),
        ("reviewer_email", "bob@example.com"),
        ("comment", "fine"),
        ("due_at", "2040-01-01T00:00:00.000000Z"),
        ("asked", []),
    ],
)
def test_a_forged_verdict_is_found(judged: OpenPack, column: str, value: object) -> None:
    [row] = judged.rows("after_reviews")
    write_both(judged, "after_reviews", [row | {column: value}])
    finds(judged, f"{column} is {value!r}, its events say")


def test_each_forged_column_of_a_verdict_is_found(judged: OpenPack) -> None:
    """Also of those that repeat the request."""
    [row] = judged.rows("after_reviews")
    missed = []
    for column in row.keys() - {"schema_version"}:
        forged = ["forged"] if isinstance(row[column], list) else "forged"
        write_both(judged, "after_reviews", [row | {column: forged}])
        if judged.verify()[0] == 0:
            missed.append(column)
    assert missed == []


def test_an_event_of_another_review_is_found(judged: OpenPack) -> None:
    [row] = judged.rows("after_reviews")
    write_both(judged, "after_reviews", [row | {"event_sequence": 1}])
    finds(judged, "its last event is")


def test_a_verdict_that_was_removed_is_found(judged: OpenPack) -> None:
    judged.write("after_reviews", [])
    judged.hash_again()
    finds(judged, "is in the events, but not in after_reviews.jsonl")


def test_a_verdict_that_is_there_twice_is_found(judged: OpenPack) -> None:
    rows = judged.rows("after_reviews")
    write_both(judged, "after_reviews", [*rows, *rows])
    finds(judged, "is there more than once")


def test_a_deputy_is_named_with_the_absent_reviewer(
    alice: PersonClient,
    bob: PersonClient,
    audrey: PersonClient,
    person: Callable[[str], PersonClient],
    tmp_path: Path,
) -> None:
    end = int((now() + timedelta(days=1)).timestamp())
    body = {"deputy": "dan@example.com", "endTime": end}
    assert bob.api_post("/api/absence", body).status_code == 200
    asked = pending_request(alice, "bob@example.com")
    assert decide(person("dan@example.com"), asked, "approve", "for Bob").status_code == 200
    named = ["dan@example.com for bob@example.com"]
    [row] = json_rows(audrey.post(f"{GRANTS}export/", {"format": "jsonl"}))
    assert row["approved_by"] == named
    pack = make(tmp_path)
    assert [one["approved_by"] for one in pack.rows("requests")] == [named]
    assert [one["approved_by"] for one in pack.rows("access")] == [named]
    status, said = pack.verify()
    assert status == 0, said
