"""Starred roles and saved sets of roles."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from activations.models import Favorite, Request
from activations.services import favorites
from eligibility.models import Refresh
from simulator import Simulator
from tests.activations.pages.everywhere import BILLING, form_of, ids, my_access, send, values
from tests.activations.pages.reading import Page
from tests.activations.pages.shop import DNS, NEEDS_APPROVAL
from tests.conftest import PersonClient
from tests.eligibility.indexed_world import index_of
from tests.moments import now

pytestmark = pytest.mark.usefixtures("indexed")
STAR, SETS = "/favorites/star", "/favorites/sets"


@pytest.fixture
def indexed(simulated: Simulator, db: None) -> Refresh:
    return index_of(simulated.company, now())


def stars(page: Page) -> dict[str, str]:
    """Return whether each role is starred."""
    buttons = [one for one in page.all("button") if one.attributes.get("class") == "star"]
    return {one["value"]: one["aria-pressed"] for one in buttons}


def test_a_starred_role_comes_first_until_the_star_is_removed(
    alice: PersonClient, bob: PersonClient
) -> None:
    last = ids(my_access(alice))[-1]
    answer = alice.post(f"{STAR}?q=shop", {"star": last})
    assert (answer.status_code, answer["Location"]) == (303, "/?q=shop")
    alice.post(STAR, {"star": last})
    page = my_access(alice)
    assert ids(page)[0] == last
    assert stars(page)[last] == "true"
    assert "true" not in stars(my_access(bob)).values()
    alice.post(STAR, {"unstar": last})
    assert ids(my_access(alice))[-1] == last


def test_at_most_so_many_roles_can_be_starred(alice: PersonClient) -> None:
    for number in range(favorites.MOST_STARRED):
        alice.post(STAR, {"star": f"shop-prod:roles/r{number}"})
    answer = alice.post(STAR, {"star": DNS})
    assert answer.status_code == 400
    assert f"at most {favorites.MOST_STARRED}" in Page(answer).text
    assert alice.post(STAR, {"star": "shop-prod:roles/r0"}).status_code == 303


def save(person: PersonClient, name: str, *roles: str) -> Any:
    return person.post(SETS, {"set": name, "role": list(roles)})


def test_chosen_roles_are_saved_as_a_set_and_chosen_together(alice: PersonClient) -> None:
    asked = Page(alice.post(SETS, values(my_access(alice), DNS, NEEDS_APPROVAL)))
    assert asked.heading == "Save a set of roles"
    assert not Favorite.objects.exists()
    fields = asked.forms[SETS].fields
    answer = alice.post(SETS, fields | {"role": [DNS, NEEDS_APPROVAL], "set": "On call"})
    assert (answer.status_code, answer["Location"]) == (303, "/?set=On+call")
    page = my_access(alice)
    assert page.links()["On call (2)"] == "/?set=On%20call"
    chosen = form_of(Page(alice.get("/?set=On%20call"))).fields
    assert (chosen["role"], chosen["approval"]) == ([DNS], [NEEDS_APPROVAL])
    assert not Request.objects.exists()


def test_a_set_of_the_same_name_is_replaced_and_can_be_deleted(alice: PersonClient) -> None:
    save(alice, "On call", DNS, BILLING)
    save(alice, " On  call ".replace("  ", " "), BILLING)
    assert list(Favorite.objects.values_list("set_name", "role_id")) == [("On call", BILLING)]
    alice.post(f"{SETS}/delete", {"set": ""})
    alice.post(f"{SETS}/delete", {"set": "On call"})
    assert not Favorite.objects.exists()


def test_deleting_sets_keeps_stars_and_what_others_saved(
    alice: PersonClient, bob: PersonClient
) -> None:
    alice.post(STAR, {"star": DNS})
    save(bob, "Mine", DNS)
    alice.post(f"{SETS}/delete", {"set": "Mine"})
    for name in ("", "a\x00b"):
        assert alice.post(f"{SETS}/delete", {"set": name}).status_code == 303
    assert Favorite.objects.count() == 2
    assert "Mine (1)" not in my_access(alice).links()


@pytest.mark.parametrize(
    ("name", "roles", "words"),
    [
        ("", [DNS], "Enter a name"),
        ("\u3164", [DNS], "Enter a name"),
        ("x" * 61, [DNS], "at most 60 printable characters"),
        ("a\x00b", [DNS], "at most 60 printable characters"),
        ("x", [], "1 to 50 roles, not 0"),
        ("x", [f"shop-prod:roles/r{n}" for n in range(51)], "1 to 50 roles, not 51"),
    ],
)
def test_a_set_that_cannot_be_saved_says_why(
    alice: PersonClient, name: str, roles: list[str], words: str
) -> None:
    answer = save(alice, name, *roles)
    assert answer.status_code == 400
    assert words in Page(answer).text
    assert not Favorite.objects.exists()


def test_at_most_so_many_sets_can_be_saved(alice: PersonClient) -> None:
    for number in range(favorites.MOST_SETS):
        assert save(alice, f"set {number}", DNS).status_code == 303
    assert save(alice, "one more", DNS).status_code == 400
    assert save(alice, "set 0", BILLING).status_code == 303


def test_the_outcome_of_several_requests_offers_to_save_them_as_a_set(alice: PersonClient) -> None:
    page = Page(send(alice, DNS, BILLING))
    asked = Page(alice.post(SETS, page.forms[SETS].fields))
    assert sorted(asked.forms[SETS].fields["role"]) == sorted([DNS, BILLING])


def test_favorites_are_changed_by_forms_of_this_site_only(simulated: Simulator) -> None:
    stranger = Client(enforce_csrf_checks=True)
    headers = {
        "X-Goog-IAP-JWT-Assertion": simulated.assertion(
            "alice@example.com", audience=simulated.audience
        )
    }
    for path in (STAR, SETS, f"{SETS}/delete"):
        answer = stranger.post(path, {"star": DNS, "set": "x"}, headers=headers, secure=True)
        assert answer.status_code == 403
        assert stranger.get(path, headers=headers, secure=True).status_code == 405
    assert not Favorite.objects.exists()


def test_a_hostile_name_is_escaped(alice: PersonClient) -> None:
    save(alice, "<script>alert(1)</script>&set=x", DNS)
    answer = alice.get("/")
    assert b"<script>alert" not in answer.content
    [link] = [url for words, url in Page(answer).links().items() if "alert" in words]
    assert form_of(Page(alice.get(link))).box(DNS).has("checked")
