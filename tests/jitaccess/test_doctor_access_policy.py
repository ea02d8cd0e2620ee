"""The doctor says which access policy is active, and what is wrong with it."""

from __future__ import annotations

import pytest

from jitaccess.doctor.access_policy import access_policy
from jitaccess.doctor.check_result import State
from jitaccess.start import require_readiness
from policies.document.reading import digest
from tests.policies.lives import SECOND, activated
from tests.policies.test_active_policy import OF_A_LATER_FORMAT, stored

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def test_none_may_be_active() -> None:
    found = access_policy()
    assert (found.state, found.what) == (
        State.OK,
        "none is active; the environment's values hold",
    )


def test_the_active_one_is_named_by_its_hash_and_time() -> None:
    activated(SECOND)
    found = access_policy()
    assert found.state is State.OK
    assert found.what == f"SHA-256 {digest(SECOND)}, activated on 2026-11-29 10:00 UTC"


def test_a_text_that_cannot_be_read_is_a_problem() -> None:
    stored(OF_A_LATER_FORMAT)
    found = access_policy()
    assert found.state is State.PROBLEM
    assert found.what.startswith("Nothing can be requested or approved. Version ")
    assert found.command.startswith("python manage.py access_policy import")


def test_an_earlier_one_that_stays_in_force_is_a_problem() -> None:
    activated(SECOND)
    stored(OF_A_LATER_FORMAT)
    found = access_policy()
    assert (found.state, "stays in force" in found.what) == (State.PROBLEM, True)


def start_lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    caplog.clear()
    with caplog.at_level("INFO"):
        require_readiness()
    return [
        (record.levelname, record.getMessage())
        for record in caplog.records
        if getattr(record, "event", "") == "start.access_policy"
    ]


def test_the_start_says_which_one_is_active(caplog: pytest.LogCaptureFixture) -> None:
    assert start_lines(caplog) == [("INFO", "No access policy is active")]
    activated(SECOND)
    said = f"The access policy {digest(SECOND)} is active, activated on 2026-11-29 10:00 UTC"
    assert start_lines(caplog) == [("INFO", said)]
    stored(OF_A_LATER_FORMAT)
    assert [level for level, _ in start_lines(caplog)] == ["INFO", "ERROR"]


def test_one_that_cannot_be_applied_does_not_stop_the_start(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stored(OF_A_LATER_FORMAT)
    [(level, said)] = start_lines(caplog)
    assert (level, said.startswith("Nothing can be requested")) == ("ERROR", True)
