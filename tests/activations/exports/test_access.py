"""The export of access answers who held a role, from when to when, and why it ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from activations.domain.states import GrantState
from activations.exports.access import Access, access_rows, accesses
from activations.models import Grant
from tests.activations.admin import history
from tests.activations.admin.history import HOUR, NOON
from tests.activations.admin.reading import GRANTS, json_rows
from tests.conftest import PersonClient
from tests.journeys.shop import COMPUTE, activate

LATER = NOON + 10 * HOUR


def exported(audrey: Any, filters: str = "") -> list[dict[str, Any]]:
    order = {"format": "jsonl", "contents": "access"}
    return json_rows(audrey.post(f"{GRANTS}export/{filters}", order))


def listed(as_of: datetime = LATER) -> list[tuple[str, datetime, datetime | None]]:
    rows = accesses(access_rows(Grant.objects.all()), as_of)
    return [(one.last.beneficiary_email, one.start, one.end) for one in rows]


def test_extensions_are_one_row_with_all_justifications(
    alice: PersonClient, audrey: PersonClient
) -> None:
    activate(alice, COMPUTE, minutes=5)
    first = Grant.objects.get()
    body = {"activationTimeout": 60, "justification": "CASE-124"}
    assert alice.api_post(f"/api/grants/{first.pk}/extend", body).status_code == 200
    second = Grant.objects.exclude(pk=first.pk).get()
    [row] = exported(audrey)
    assert row["justifications"] == ["CASE-123", "CASE-124"]
    assert row["grant_ids"] == [str(first.pk), str(second.pk)]
    assert (row["end"], row["end_reason"], row["grants"]) == (None, None, 2)
    assert alice.api_post(f"/api/grants/{second.pk}/end", {"reason": "done"}).status_code == 200
    [row] = exported(audrey)
    assert (row["end_reason"], row["ended_by"]) == ("ended by holder", "alice@example.com")


@pytest.mark.django_db
def test_roles_and_people_are_not_merged() -> None:
    history.grant(NOON)
    history.grant(NOON, role="roles/run.admin")
    history.grant(NOON, of=history.request(NOON, email="bob@example.com"))
    assert len(listed()) == 3


@pytest.mark.django_db
def test_a_new_address_does_not_interrupt_access() -> None:
    history.grant(NOON)
    again = history.request(NOON + HOUR / 2)
    again.beneficiary_email = "alice.new@example.com"
    history.grant(NOON + HOUR / 2, of=again)
    assert listed() == [("alice.new@example.com", NOON, NOON + HOUR * 1.5)]


@pytest.mark.django_db
def test_failed_grants_are_no_access() -> None:
    history.grant(NOON, state=GrantState.FAILED)
    assert listed() == []


def test_a_filter_shows_whole_accesses(audrey: PersonClient) -> None:
    midnight = NOON + 12 * HOUR
    history.grant(midnight - HOUR / 2)
    history.grant(midnight + HOUR / 4)
    history.grant(midnight + 40 * HOUR)
    [row] = exported(audrey, "?started_from=2025-03-11&started_to=2025-03-11")
    assert row["start"] == "2025-03-10T23:30:00.000000Z"
    assert row["end"] == "2025-03-11T01:15:00.000000Z"


@pytest.mark.django_db
def test_one_access_at_a_time_is_in_memory() -> None:
    for day in range(3):
        history.grant(NOON + timedelta(days=day))
    read: list[Grant] = []

    def noting() -> Iterator[Grant]:
        for grant in access_rows(Grant.objects.all()):
            read.append(grant)
            yield grant

    first: Access = next(accesses(noting(), NOON + timedelta(days=9)))
    assert first.start == NOON
    assert len(read) == 2


def test_contents_that_no_page_offers_are_refused(audrey: PersonClient) -> None:
    order = {"format": "csv", "contents": "secrets"}
    assert audrey.post(f"{GRANTS}export/", order).status_code == 400
