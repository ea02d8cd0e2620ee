"""A download that cannot begin is answered like every other failure; one that cannot end breaks off."""

from __future__ import annotations

from collections.abc import Generator

import psycopg
import pytest
from django.db import OperationalError

from activations.exports.download import download_of
from tests.activations.admin import history
from tests.activations.admin.reading import GRANTS, body
from tests.conftest import PersonClient
from tests.jitaccess.log_lines import LogLines, labels
from tests.journeys.lost_database import answered, failing_from

LOST = "server closed the connection unexpectedly"
PLACES = (f"{GRANTS}export/", "/admin/access-policy-export/", "/admin/reports/top-people/")


@pytest.mark.one_database
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", PLACES)
def test_a_file_is_answered_with_the_cause_wherever_the_connection_breaks(
    path: str, audrey: PersonClient, log: LogLines
) -> None:
    history.grant()
    body(audrey.post(path, {"format": "csv"}))  # the first request also stores who Audrey is
    statement = 0
    while True:
        statement += 1
        log.entries.clear()
        with failing_from(statement):
            answer = answered(audrey).post(path, {"format": "csv"})
            if answer.status_code == 200:  # the file needs fewer statements
                assert body(answer).startswith("\ufeff")
                break
        assert answer.status_code == 503
        assert "The database cannot be reached" in answer.content.decode()
        assert len(log.of("database.failed")) == 1
        assert log.of("http.error") == []
    assert statement > 5


def failing_after(blocks: list[bytes], closed: list[str]) -> Generator[bytes]:
    try:
        yield from blocks
        raise OperationalError(LOST) from psycopg.OperationalError(LOST)
    finally:
        closed.append("closed")


def test_a_failure_before_the_first_block_is_raised_before_the_answer(log: LogLines) -> None:
    closed: list[str] = []
    with pytest.raises(OperationalError):
        download_of(failing_after([], closed), name="a.csv", content_type="text/csv")
    assert closed == ["closed"]
    assert log.of("database.failed") == []  # the middleware logs it


def test_a_failure_later_breaks_the_download_off_and_is_one_entry(log: LogLines) -> None:
    closed: list[str] = []
    answer = download_of(
        failing_after([b"one", b"two"], closed), name="a.csv", content_type="text/csv"
    )
    with pytest.raises(OperationalError):
        b"".join(answer)
    (entry,) = log.of("database.failed")
    assert entry["message"].startswith("The database cannot be reached, so a download broke off: ")
    assert "Traceback" not in entry["message"]
    assert labels(entry)["fault"] == "UNREACHABLE"
    assert closed == ["closed"]


@pytest.mark.django_db
def test_a_download_that_nobody_reads_is_closed() -> None:
    closed: list[str] = []
    answer = download_of(failing_after([b"one"], closed), name="a.csv", content_type="text/csv")
    assert answer["Content-Disposition"] == 'attachment; filename="a.csv"'
    assert closed == []
    answer.close()
    assert closed == ["closed"]
