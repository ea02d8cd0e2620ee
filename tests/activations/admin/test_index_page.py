"""The page of the eligibility index, and its tile on the overview."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from eligibility.models import Refresh
from tests.activations.admin import eligible
from tests.activations.admin.eligible import INDEX, plain
from tests.activations.admin.reading import text

pytestmark = pytest.mark.one_database

AN_HOUR = timedelta(hours=1)


def shown(client: Any) -> str:
    response = client.get(INDEX)
    assert response.status_code == 200
    return plain(text(response))


def tile(client: Any) -> tuple[str, str] | None:
    """What the tile of the index says."""
    page = text(client.get("/admin/"))
    found = re.search(rf'class="tile" href="{INDEX}">(.*?)</a>', page, re.DOTALL)
    if not found:
        return None
    number, label = re.findall(r"<span[^>]*>([^<]*)</span>", found[1])
    return number, label


def running(**values: Any) -> Refresh:
    now = timezone.now()
    facts = {"started_at": now - AN_HOUR, "phase": Refresh.Phase.POLICIES, "policies": 1234}
    return Refresh.objects.create(**(facts | values))


def failed(**values: Any) -> Refresh:
    facts = {"last_error": "Denied: <b>no</b>", "failed_at": timezone.now() - AN_HOUR / 2}
    return running(**(facts | values))


def test_a_usable_index_shows_age_counts_and_warnings(audrey: Any) -> None:
    refresh = eligible.index()
    Refresh.objects.filter(pk=refresh.pk).update(
        projects=4321, warnings=["The members of <x>@example.com cannot be read."]
    )
    page = shown(audrey)
    assert "Up to date" in page
    assert "Age 6 min" in page or "Age 5 min" in page
    assert "4321" in page
    assert "The members of &lt;x&gt;@example.com cannot be read." in page
    assert tile(audrey) is None


def test_a_refresh_in_progress_shows_phase_and_since_when(audrey: Any) -> None:
    eligible.index()
    running(holder="a", lease_until=timezone.now() + AN_HOUR)
    page = shown(audrey)
    assert "State running" in page
    assert "Phase policies" in page
    assert "1234" in page
    assert "Age 1 h" in page
    assert tile(audrey) is None


@pytest.mark.parametrize("lease", [None, -AN_HOUR])
def test_a_failed_refresh_shows_its_error(audrey: Any, lease: timedelta | None) -> None:
    eligible.index()
    until = timezone.now() + lease if lease else None
    failed(holder="a" if lease else "", lease_until=until)
    page = shown(audrey)
    assert "Denied: &lt;b&gt;no&lt;/b&gt;" in page
    assert "waits for the next run" in page
    assert tile(audrey) == ("Failed", "Refresh of the eligibility index failed")


def test_a_failed_refresh_that_is_continued_is_no_longer_on_the_overview(audrey: Any) -> None:
    eligible.index()
    failed(holder="a", lease_until=timezone.now() + AN_HOUR)
    assert tile(audrey) is None


def test_an_index_that_is_too_old_is_on_the_overview(audrey: Any) -> None:
    eligible.index(age=timedelta(hours=26))
    assert "more than a day old" in shown(audrey)
    found = tile(audrey)
    assert found
    assert found[0].startswith("1 d 2 h")
    assert found[1] == "Eligibility index is too old"


def test_an_index_that_was_never_complete_is_on_the_overview(audrey: Any) -> None:
    failed()
    assert "No refresh is complete yet" in shown(audrey)
    assert tile(audrey) == ("None", "No eligibility index")


def test_where_no_refresh_ever_ran_the_page_says_how_and_the_overview_nothing(audrey: Any) -> None:
    page = shown(audrey)
    assert "No refresh has run yet." in page
    assert "manage.py refresh_eligibility" in page
    assert tile(audrey) is None


def test_it_is_listed_for_those_who_see_it(audrey: Any, bob: Any, settings: Any) -> None:
    settings.REVIEWERS = ("user:bob@example.com",)
    assert f'href="{INDEX}"' in text(audrey.get("/admin/"))
    assert f'href="{INDEX}"' not in text(bob.get("/admin/"))


def test_earlier_refreshes_are_listed(audrey: Any) -> None:
    eligible.index(age=timedelta(hours=3))
    eligible.index()
    page = text(audrey.get(INDEX))
    assert page.partition("<tbody>")[2].count("<tr>") == 2
    assert page.count(">0 s</td>") == 2
