"""The page *Lint*: who sees it, what it shows, and how it is filtered."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest

from activations.admin import lint_page
from eligibility.models import Refresh
from simulator import Simulator
from simulator.company import Company
from tests.activations.admin.reading import text
from tests.conftest import PersonClient
from tests.eligibility.cases import JIT, MPA
from tests.eligibility.indexed_world import index_of
from tests.moments import now

pytestmark = pytest.mark.one_database


PAGE = "/admin/lint/"
ALICE = "user:alice@example.com"


@pytest.fixture
def indexed(simulated: Simulator, db: None) -> Refresh:
    """The index of the simulated company, with one binding that grants outright."""
    simulated.company.bind(
        "shop-prod", "roles/redis.admin", ALICE, f"{JIT} || true", title="<b>$(id)</b>, \u202e'"
    )
    return index_of(simulated.company, now())


def shown(person: PersonClient, **filters: str) -> list[str]:
    """What the table lists: finding and role."""
    page = text(person.get(PAGE, filters))
    return [
        html.unescape(f"{label} {role}")
        for label, role in re.findall(
            r'<span class="chip [^"]*">([^<]+)</span>.*?<div class="lint-name">([^<]+)<',
            page,
            re.DOTALL,
        )
    ]


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize("name", ["olga", "audrey"])
def test_administrators_and_auditors_see_findings_with_reason_and_command(
    person: Any, name: str
) -> None:
    answer = person(f"{name}@example.com").get(PAGE)
    assert answer.status_code == 200
    page = html.unescape(text(answer))
    assert "3 bindings may grant a role without any activation." in " ".join(page.split())
    assert "on project shop-prod without any activation" in page
    assert "gcloud projects remove-iam-policy-binding shop-prod --member=user:alice@exam" in page
    assert '"jitAccesConstraint" is not a marker' in page


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize("name", ["alice", "bob", "charlie", "maria"])
def test_others_are_refused(person: Any, settings: Any, name: str) -> None:
    settings.REVIEWERS = ("group:jit-reviewers@example.com",)
    answer = person(f"{name}@example.com").get(PAGE)
    assert answer.status_code == 403
    assert "redis" not in text(answer)


@pytest.mark.usefixtures("indexed")
def test_the_overview_links_to_it_for_those_who_may_see_it(
    olga: PersonClient, audrey: PersonClient, person: Any, settings: Any
) -> None:
    settings.REVIEWERS = ("group:jit-reviewers@example.com",)
    assert f'href="{PAGE}"' in text(olga.get("/admin/"))
    assert f'href="{PAGE}"' in text(audrey.get("/admin/"))
    reviewer = person("maria@example.com").get("/admin/")
    assert reviewer.status_code == 200
    assert f'href="{PAGE}"' not in text(reviewer)


@pytest.mark.usefixtures("indexed")
def test_it_only_reads(olga: PersonClient) -> None:
    assert olga.post(PAGE).status_code == 405


@pytest.mark.usefixtures("indexed")
def test_hostile_titles_are_shown_as_text_and_hidden_characters_are_escaped(
    olga: PersonClient,
) -> None:
    page = text(olga.get(PAGE))
    assert "<b>$(id)" not in page
    assert "\u202e" not in page
    assert "\\u202e" in page


@pytest.mark.usefixtures("indexed")
def test_filters_and_search_narrow_the_list(olga: PersonClient) -> None:
    granting = shown(olga, kind="really_grants")
    assert "Grants without activation roles/redis.admin" in granting
    assert all(line.startswith("Grants without activation") for line in granting)
    assert shown(olga, kind="really_grants", q="SHOP-PROD") == [
        "Grants without activation roles/redis.admin"
    ]
    assert shown(olga, q="jitAccesConstraint")
    assert shown(olga, q="nothing like this") == []
    assert "No findings match." in text(olga.get(PAGE, {"q": "nothing like this"}))
    assert len(shown(olga, kind="no such kind")) == len(shown(olga))


def test_long_lists_continue_on_the_next_page(olga: PersonClient, simulated: Simulator) -> None:
    for number in range(60):
        role = f"roles/x{number:02}.admin"
        simulated.company.bind("shop-prod", role, "domain:example.com", JIT)
    index_of(simulated.company, now())
    first = shown(olga, q="domain:example.com")
    page = text(olga.get(PAGE, {"q": "domain:example.com"}))
    following = re.search(r'class="button-link" href="([^"]+)"', page)
    assert following
    rest = text(olga.get(html.unescape(following[1])))
    assert len(first) == 50
    assert rest.count("lint-reason") == 10
    assert "Back to the first page" in rest
    assert "More findings" not in rest


def test_a_page_that_takes_too_long_continues_on_the_next(
    olga: PersonClient, simulated: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lint_page, "SECONDS", 0.0)
    company = Company()
    company.add_project("p")
    company.bind("p", "roles/run.admin", ALICE, JIT, title="fine")
    company.bind("p", "roles/owner", ALICE, JIT)
    index_of(company, now())
    page = text(olga.get(PAGE))
    assert "No findings in the bindings checked so far." in page
    following = re.search(r'class="button-link" href="([^"]+)"', page)
    assert following
    page = text(olga.get(html.unescape(following[1])))
    assert "Role without conditions" in page
    assert "More findings" not in page


@pytest.mark.parametrize("age", [None, timedelta(hours=25)])
def test_without_a_recent_index_the_page_says_so(
    olga: PersonClient, simulated: Simulator, age: timedelta | None
) -> None:
    if age:
        index_of(simulated.company, now() - age)
    page = text(olga.get(PAGE))
    assert "There is no eligibility index younger than a day." in page
    assert "manage.py lint_eligibility" in page
    assert "<table" not in page


def test_without_findings_the_page_says_so(olga: PersonClient, simulated: Simulator) -> None:
    Refresh.objects.create(status=Refresh.Status.COMPLETE, started_at=now(), ended_at=now())
    assert "No findings." in text(olga.get(PAGE))


def test_designated_reviewers_are_known(
    olga: PersonClient, simulated: Simulator, settings: Any
) -> None:
    settings.REVIEWERS = ()
    simulated.company.bind("shop-prod", "roles/lonely.admin", ALICE, MPA)
    index_of(simulated.company, now())
    assert shown(olga, kind="no_reviewer", q="lonely") == ["No reviewer roles/lonely.admin"]
    settings.REVIEWERS = ("user:maria@example.com",)
    assert shown(olga, kind="no_reviewer", q="lonely") == []
