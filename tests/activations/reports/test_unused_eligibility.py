"""The report about eligibility that nobody used for 90 days."""

from __future__ import annotations

import pytest

from tests.activations.admin.eligible import index
from tests.activations.reports.reading import page, rows_of
from tests.conftest import PersonClient


def test_without_an_index_the_report_says_so(audrey: PersonClient) -> None:
    assert "There is no eligibility index" in page(audrey, "never-used")


@pytest.mark.django_db
def test_eligibility_that_nobody_used_is_listed_with_filters(audrey: PersonClient) -> None:
    index()
    members = {(row[0], row[1]) for row in rows_of(audrey, "never-used")}
    assert ("user:alice@example.com", "roles/compute.admin") in members
    assert ("group:sre@example.com", "roles/viewer") in members
    assert not any(member.startswith("domain:") for member, _ in members)
    shown = rows_of(audrey, "never-used", person="bob@example.com")
    assert [row[:2] for row in shown] == [["group:sre@example.com", "roles/viewer"]]
    assert {row[1] for row in rows_of(audrey, "never-used", project="shop-prod")} == {
        "roles/compute.admin",
        "roles/viewer",
    }
