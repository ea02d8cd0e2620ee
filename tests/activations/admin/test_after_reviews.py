"""Administrators and auditors see every use of break glass, and which reviews are overdue."""

from __future__ import annotations

from datetime import timedelta

import pytest

from activations.models import AfterReview
from tests.activations.admin.reading import csv_rows, text
from tests.conftest import PersonClient
from tests.journeys.glass import EMERGENCY, RULE, judge, used_glass
from tests.journeys.policies import Activate, policy
from tests.journeys.shop import COMPUTE
from tests.moments import now
from tests.rewriting import rewrite

__all__ = ["policy"]

LIST = "/admin/activations/afterreview/"


@pytest.fixture
def used(alice: PersonClient, policy: Activate) -> str:
    policy(RULE)
    return used_glass(alice)


def listed(reader: PersonClient, /, **filters: str) -> bool:
    page = reader.get(LIST, filters)
    assert page.status_code == 200
    return "alice@example.com" in text(page).split("</form>")[-1]


def test_filters_select_open_overdue_and_judged_reviews(
    audrey: PersonClient, person, used: str
) -> None:
    assert listed(audrey)
    assert listed(audrey, state="open")
    assert not listed(audrey, state="overdue")
    rewrite(AfterReview.objects, due_at=now() - timedelta(minutes=1))
    assert listed(audrey, state="overdue")
    assert not listed(audrey, state="judged")
    judge(person("maria@example.com"), used, "not_justified")
    assert listed(audrey, state="judged")
    assert listed(audrey, state="not-justified", person="alice", project="shop-*")
    assert not listed(audrey, state="overdue")
    assert not listed(audrey, state="open")


def test_the_overview_counts_overdue_reviews(
    olga: PersonClient, alice: PersonClient, used: str
) -> None:
    used_glass(alice, COMPUTE)
    rewrite(AfterReview.objects, due_at=now() - timedelta(minutes=1))
    overview = " ".join(text(olga.get("/admin/")).split())
    assert f"{LIST}?state=overdue" in overview
    assert "Overdue after-reviews" in overview
    assert "2" in overview.split("Overdue after-reviews")[0][-80:]


def test_the_record_shows_the_review_and_leads_to_its_form(olga: PersonClient, used: str) -> None:
    review = AfterReview.objects.get()
    page = text(olga.get(f"{LIST}{review.pk}/change/"))
    assert EMERGENCY in page
    assert f"/requests/{used}#after-review" in page
    assert "after_review.opened" in page


def test_the_search_finds_the_request(olga: PersonClient, used: str) -> None:
    for words in (used, "alice@example.com", "shop-prod", "nobody answers"):
        assert listed(olga, q=words)
    assert not listed(olga, q="charlie@example.com")


def test_nobody_else_sees_the_list(
    alice: PersonClient, bob: PersonClient, charlie: PersonClient, used: str
) -> None:
    for person in (alice, bob, charlie):
        assert person.get(LIST).status_code == 403


def test_after_reviews_are_exported(audrey: PersonClient, person, used: str) -> None:
    [row] = csv_rows(audrey.post(f"{LIST}export/", {"format": "csv"}))
    assert (row["state"], row["outcome"], row["request_id"]) == ("open", "open", used)
    assert row["asked"] == "maria@example.com"
    judge(person("maria@example.com"), used, comment="It was down")
    [row] = csv_rows(audrey.post(f"{LIST}export/", {"format": "csv"}))
    assert row["schema_version"] == "after_reviews-1"
    assert (row["state"], row["comment"]) == ("justified", "It was down")
    assert row["reviewer_email"] == "maria@example.com"
    assert row["roles"] == "roles/iam.securityAdmin"
    assert row["event_hash"]


def test_there_is_no_bulk_action(olga: PersonClient, used: str) -> None:
    assert 'name="action"' not in text(olga.get(LIST))
