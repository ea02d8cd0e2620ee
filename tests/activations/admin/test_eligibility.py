"""The list of who may activate what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from eligibility.models import IndexedBinding, Refresh
from tests.activations.admin import eligible
from tests.activations.admin.eligible import EXPORT, GROUP, INDEX, LIST, cells, members
from tests.activations.admin.reading import text
from tests.eligibility.cases import JIT
from tests.eligibility.indexed_world import index_of

pytestmark = pytest.mark.one_database

ALICE = ("alice@example.com", "roles/compute.admin")
LOGS = ("alice@example.com", "roles/storage.admin")
SRE = ("sre@example.com", "roles/viewer")
ONCALL = ("oncall@example.com", "roles/editor")
DOMAIN = ("domain:example.com", "roles/browser")


@pytest.mark.parametrize("page", [LIST, EXPORT, f"{GROUP}?email=sre@example.com", INDEX])
def test_administrators_and_auditors_see_it_and_nobody_else(
    olga: Any, audrey: Any, alice: Any, charlie: Any, page: str
) -> None:
    eligible.index()
    assert olga.get(page).status_code == audrey.get(page).status_code == 200
    assert alice.get(page).status_code == charlie.get(page).status_code == 403
    assert olga.post(page, {"action": "delete_selected"}).status_code in {400, 403, 405}


def test_a_reviewer_with_a_queue_does_not_see_it(bob: Any, settings: Any) -> None:
    settings.REVIEWERS = ("user:bob@example.com",)
    eligible.index()
    assert bob.get("/admin/").status_code == 200
    for page in (LIST, EXPORT, f"{GROUP}?email=sre@example.com", INDEX):
        assert bob.get(page).status_code == 403


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, {ALICE, LOGS, SRE, ONCALL, DOMAIN}),
        ({"person": "alice@example.com"}, {ALICE, LOGS}),
        ({"person": "Bob@Example.com"}, {SRE}),
        ({"person": "carol@example.com"}, {SRE, ONCALL}),
        ({"person": "user:carol@example.com"}, {SRE, ONCALL}),
        ({"person": "charlie@example.com"}, set()),
        ({"group": "sre@example.com"}, {SRE}),
        ({"group": "oncall@example.com"}, {SRE, ONCALL}),
        ({"role": "roles/viewer"}, {SRE}),
        ({"role": "admin"}, {ALICE, LOGS}),
        ({"project": "shop-prod"}, {ALICE, SRE, DOMAIN}),
        ({"project": "shop-eu"}, {SRE, ONCALL, DOMAIN}),
        ({"project": "shop-*"}, {ALICE, SRE, ONCALL, DOMAIN}),
        ({"project": "shop"}, set()),
        ({"folder": "1"}, {ALICE, SRE, ONCALL}),
        ({"folder": "folders/2"}, {ONCALL}),
        ({"folder": "Shop EU"}, {ONCALL}),
        ({"folder": "Shop*"}, {ALICE, SRE, ONCALL}),
        ({"folder": "7"}, {ALICE, LOGS, SRE, ONCALL, DOMAIN}),
        ({"type": "MPA"}, {SRE}),
        ({"type": "JIT"}, {ALICE, LOGS, ONCALL, DOMAIN}),
        ({"person": "carol@example.com", "project": "shop-prod"}, {SRE}),
        ({"q": "storage"}, {LOGS}),
        ({"q": "Oncall"}, {ONCALL}),
    ],
)
def test_filters_select_by_person_group_role_place_and_type(
    audrey: Any, filters: dict[str, str], expected: set[tuple[str, str]]
) -> None:
    eligible.index()
    assert members(audrey, **filters) == sorted(expected)


@pytest.mark.parametrize(
    "filters", [{"person": "alice"}, {"group": "sre"}, {"type": "XYZ"}, {"use": "often"}]
)
def test_values_that_cannot_be_read_select_nothing_and_say_so(
    audrey: Any, filters: dict[str, str]
) -> None:
    eligible.index()
    page = text(audrey.get(LIST, filters))
    assert cells(page) == []
    assert 'role="alert"' in page


def test_roles_that_were_not_used_for_90_days_are_found(audrey: Any) -> None:
    eligible.index()
    eligible.use("carol@example.com", "roles/viewer", "shop-eu")
    long_ago = timezone.now() - timedelta(days=91)
    eligible.use("alice@example.com", "roles/compute.admin", "shop-prod", at=long_ago)
    assert members(audrey, use="used") == [SRE]
    assert members(audrey, use="unused") == sorted([ALICE, LOGS, ONCALL, DOMAIN])
    assert members(audrey, use="unused", person="carol@example.com") == [ONCALL]


def test_a_row_says_who_what_where_and_when(audrey: Any) -> None:
    eligible.index()
    at = eligible.use("bob@example.com", "roles/viewer", "shop-prod")
    [sre] = cells(text(audrey.get(LIST, {"role": "roles/viewer"})))
    assert sre == {
        "bound_member": "sre@example.com group",
        "role": "Viewer roles/viewer",
        "place": "Shop folders/1",
        "kind": "MPA",
        "condition": "all resources",
        "used": f"{at:%Y-%m-%d %H:%M:%S}",
    }
    [logs] = cells(text(audrey.get(LIST, {"role": "storage"})))
    assert logs["condition"].startswith("Only resources whose name starts with “projects/_")
    assert (logs["place"], logs["used"]) == ("Billing projects/billing", "never used")
    [domain] = cells(text(audrey.get(LIST, {"role": "browser"})))
    assert "cannot activate" in domain["bound_member"]


def test_eligibility_that_ended_or_will_end_says_so(audrey: Any) -> None:
    company = eligible.company()
    for role, moment in (("roles/a", "2020-01-01T00:00:00Z"), ("roles/b", "2400-01-01T00:00:00Z")):
        condition = f'{JIT} && request.time < timestamp("{moment}")'
        company.bind("billing", role, ["user:bob@example.com"], condition)
    eligible.index(company)
    ended, ends = cells(
        text(audrey.get(LIST, {"person": "bob@example.com", "project": "billing"}))
    )[:2]
    assert "not now: its eligibility ended at 2020-01-01 00:00:00 UTC" in ended["condition"]
    assert "until 2400-01-01 00:00 UTC" in ends["condition"]


def test_near_misses_and_other_refreshes_are_not_listed(audrey: Any) -> None:
    company = eligible.company()
    company.bind("billing", "roles/owner", ["user:alice@example.com"], f"{JIT} || true")
    eligible.index(company, age=timedelta(hours=2))
    index_of(company, timezone.now() - timedelta(hours=5))
    Refresh.objects.create(started_at=timezone.now())
    assert IndexedBinding.objects.filter(role="roles/owner").exists()
    assert members(audrey, project="billing") == sorted([LOGS, DOMAIN])


def test_a_page_costs_the_same_for_few_rows_and_for_many(audrey: Any) -> None:
    def queries(**filters: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert audrey.get(LIST, filters).status_code == 200
        return len(captured)

    company = eligible.company()
    eligible.index(company)
    audrey.get(LIST)
    few = queries()
    for number in range(60):
        company.add_project(f"project-{number:03}")
        people = [f"user:p{number}@example.com", f"group:g{number}@example.com"]
        company.add_group(f"g{number}@example.com", ["bob@example.com"])
        company.bind(f"project-{number:03}", f"roles/r{number}", people, JIT)
    Refresh.objects.all().delete()
    index_of(company, timezone.now())
    # Uses are looked up by person, by project, or both, whichever reads less; rows do not matter.
    assert queries() <= few + 2
    assert queries(person="bob@example.com", use="unused", folder="7") <= few + 5
    assert few <= 17


def test_the_age_of_the_index_is_shown(audrey: Any) -> None:
    refresh = eligible.index()
    page = text(audrey.get(LIST))
    assert f"{refresh.started_at:%Y-%m-%d %H:%M}</time> UTC" in page
    assert "more than a day old" not in page


def test_an_old_index_is_shown_with_a_warning(audrey: Any) -> None:
    eligible.index(age=timedelta(hours=25))
    page = text(audrey.get(LIST))
    assert len(cells(page)) == 5
    assert "more than a day old" in page
    assert "manage.py refresh_eligibility" in page


def test_without_an_index_the_page_says_how_to_make_one(audrey: Any) -> None:
    page = text(audrey.get(LIST, {"person": "alice@example.com", "use": "unused"}))
    assert "There is no eligibility index." in page
    assert "manage.py refresh_eligibility" in page


def test_names_that_others_chose_are_text(audrey: Any) -> None:
    evil = "<script>alert(1)</script>"
    company = eligible.company()
    company.add_project("evil", display_name=evil)
    company.bind("evil", "roles/viewer", [f"user:{evil}@example.com", f"group:{evil}@x.y"], JIT)
    company.add_group(f"{evil}@x.y", [f"{evil}@z.y"])
    eligible.index(company)
    for page in (
        text(audrey.get(LIST, {"project": "evil"})),
        text(audrey.get(GROUP, {"email": f"{evil}@x.y"})),
        text(audrey.get(LIST, {"person": f"{evil}@x.y"})),
    ):
        assert "&lt;script&gt;alert(1)" in page
        assert "<script>alert" not in page


def test_rows_have_no_page_that_edits_or_shows_them_alone(olga: Any) -> None:
    row = eligible.index().pk
    for path in (f"{row}/", f"{row}/change/", f"{row}/delete/", f"{row}/history/", "add/"):
        assert olga.get(f"{LIST}{path}").status_code == 404
        assert olga.post(f"{LIST}{path}").status_code == 404


def test_it_is_listed_on_the_overview(audrey: Any, alice: Any) -> None:
    page = text(audrey.get("/admin/"))
    assert f'href="{LIST}"' in page
    assert ">Eligibility" in page
