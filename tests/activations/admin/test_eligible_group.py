"""The page of a group: its people, through which groups, and what is not known."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from eligibility.index import group_content
from eligibility.models import IndexedGroup
from tests.activations.admin import eligible
from tests.activations.admin.eligible import GROUP, LIST, plain
from tests.activations.admin.reading import text

pytestmark = pytest.mark.one_database


def people(page: str) -> dict[str, tuple[str, str]]:
    """Each member with the groups in between and the note."""
    rows = re.findall(r"<tr>(.*?)</tr>", page.partition("<tbody>")[2], re.DOTALL)
    found = [
        [plain(cell) for cell in re.findall(r"<t[dh].*?</t[dh]>", row, re.DOTALL)] for row in rows
    ]
    return {member: (through, note) for member, through, note in found}


def shown(client: Any, group: str) -> str:
    response = client.get(GROUP, {"email": group})
    assert response.status_code == 200
    return text(response)


def test_people_are_shown_with_the_nested_group_and_marks(audrey: Any) -> None:
    eligible.index()
    assert people(shown(audrey, "sre@example.com")) == {
        "bob@example.com": ("direct member", ""),
        "carol@example.com": ("oncall@example.com", ""),
        "eve@elsewhere.example": ("oncall@example.com", "external"),
        "sam@example.com": ("direct member", "suspended: cannot sign in"),
    }


def test_the_path_names_every_group_and_the_shortest_one_wins(audrey: Any) -> None:
    company = eligible.company()
    company.add_group("a@example.com", ["b@example.com"])
    company.add_group("b@example.com", ["c@example.com", "a@example.com"])
    company.add_group("c@example.com", ["dan@example.com", "bob@example.com"])
    company.join("sre@example.com", "a@example.com")
    eligible.index(company)
    page = shown(audrey, "sre@example.com")
    found = people(page)
    assert found["dan@example.com"][0] == "a@example.com › b@example.com › c@example.com"
    assert found["bob@example.com"][0] == "direct member"
    assert "through a@example.com › b@example.com" in plain(page)


def test_groups_that_cannot_be_read_say_so(audrey: Any) -> None:
    company = eligible.company()
    company.join("sre@example.com", "secret@other.example")
    company.add_group("secret@other.example", [])
    company.add_group("new@example.com", [])
    company.join("sre@example.com", "new@example.com")
    eligible.index(company)
    eligible.unreadable("secret@other.example")
    IndexedGroup.objects.filter(email="new@example.com").delete()
    page = plain(shown(audrey, "sre@example.com"))
    assert "The members of secret@other.example cannot be read." in page
    assert "Google answered 403." in page
    assert "The members of new@example.com have not been read yet." in page
    assert "cannot be read" in plain(shown(audrey, "secret@other.example"))


def test_service_accounts_and_the_whole_organization_are_marked(audrey: Any) -> None:
    company = eligible.company()
    company.add_group("robots@example.com", ["CUSTOMER", "robot@p.iam.gserviceaccount.com"])
    eligible.index(company)
    found = people(shown(audrey, "robots@example.com"))
    assert found["robot@p.iam.gserviceaccount.com"][1] == "service account: cannot activate"
    assert found["no address"][1].startswith("everybody in the organization")


def test_a_large_group_says_that_not_all_are_shown(
    audrey: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_content, "MOST_MEMBERS", 2)
    eligible.index()
    page = shown(audrey, "sre@example.com")
    assert len(people(page)) == 2
    assert "not all" in page


def test_it_costs_the_same_for_any_nesting(audrey: Any) -> None:
    company = eligible.company()
    for number in range(30):
        company.add_group(
            f"g{number}@example.com", [f"g{number + 1}@example.com", "bob@example.com"]
        )
    company.join("sre@example.com", "g0@example.com")
    eligible.index(company)
    audrey.get(GROUP)
    for group in ("oncall@example.com", "sre@example.com"):
        with CaptureQueriesContext(connection) as captured:
            shown(audrey, group)
        assert len(captured) <= 7


def test_it_leads_to_the_roles_of_the_group_and_of_each_person(audrey: Any) -> None:
    eligible.index()
    page = shown(audrey, "sre@example.com")
    assert f'{LIST}?group=sre%40example.com"' in page
    assert f'{LIST}?person=carol%40example.com"' in page
    assert f'{GROUP}?email=oncall%40example.com"' in page
    assert f'{GROUP}?email=sre%40example.com"' in text(audrey.get(LIST))


@pytest.mark.parametrize("group", ["", "nobody@example.com", "alice@example.com"])
def test_what_is_no_group_of_the_index_is_not_found(audrey: Any, group: str) -> None:
    eligible.index()
    assert audrey.get(GROUP, {"email": group}).status_code == 404
