"""Who may open the admin, and that it has no other way to sign in."""

from __future__ import annotations

from typing import Any

import pytest

from activations.models import Event, Grant
from tests.activations.admin import history
from tests.activations.admin.reading import EVENTS, GRANTS, REQUESTS, text

pytestmark = pytest.mark.one_database


PAGES = ["/admin/", REQUESTS, GRANTS, EVENTS, f"{GRANTS}export/"]
DOORS = [
    *("login/", "logout/", "password_change/", "password_change/done/"),
    *("autocomplete/", "jsi18n/", "r/1/1/", "auth/user/", "auth/group/", "activations/user/"),
]


@pytest.mark.parametrize("page", PAGES)
def test_administrators_and_auditors_see_the_history(olga: Any, audrey: Any, page: str) -> None:
    assert olga.get(page).status_code == 200
    assert audrey.get(page).status_code == 200


@pytest.mark.parametrize("page", [*PAGES, *(f"/admin/{door}" for door in DOORS), "/admin/nothing"])
def test_others_are_refused_on_every_page(alice: Any, page: str) -> None:
    assert alice.get(page).status_code == 403
    assert alice.post(page, {"format": "csv"}).status_code == 403


def test_others_are_refused_a_record(alice: Any) -> None:
    row = history.grant()
    assert alice.get(f"{GRANTS}{row.pk}/change/").status_code == 403
    assert alice.post(f"{GRANTS}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Grant.objects.count() == 1


@pytest.mark.parametrize("door", DOORS)
def test_there_is_no_page_to_sign_in(olga: Any, door: str) -> None:
    assert olga.get(f"/admin/{door}").status_code == 404
    assert olga.post(f"/admin/{door}", {"username": "olga", "password": "x"}).status_code == 404


def test_nobody_edits_the_history(olga: Any) -> None:
    row = history.grant()
    event = Event.objects.get(grant=row)
    for page in (
        *(GRANTS, f"{GRANTS}add/", f"{GRANTS}{row.pk}/change/", f"{GRANTS}{row.pk}/delete/"),
        *(REQUESTS, f"{REQUESTS}{row.request_id}/change/", f"{REQUESTS}{row.request_id}/delete/"),
        *(EVENTS, f"{EVENTS}{event.pk}/change/", f"{EVENTS}{event.pk}/delete/"),
    ):
        assert olga.post(page, {"action": "delete_selected", "post": "yes"}).status_code == 403
    assert olga.get(f"{GRANTS}add/").status_code == 403
    assert olga.get(f"{GRANTS}{row.pk}/delete/").status_code == 403
    assert Grant.objects.get().state == row.state


def test_lists_offer_auditors_no_actions_and_no_buttons_to_edit(audrey: Any) -> None:
    history.grant()
    page = text(audrey.get(GRANTS))
    assert "delete" not in page.lower()
    assert 'name="action"' not in page
    assert "/add/" not in page


def test_the_page_of_the_only_app_is_the_front_page(olga: Any, alice: Any) -> None:
    assert olga.get("/admin/activations/")["Location"] == "/admin/"
    assert alice.get("/admin/activations/").status_code == 403


def test_djangos_log_of_edits_has_no_page(olga: Any) -> None:
    row = history.grant()
    assert olga.get(f"{GRANTS}{row.pk}/history/").status_code != 200


def test_pages_link_back_and_to_another_account(olga: Any) -> None:
    page = text(olga.get("/admin/"))
    assert "olga@example.com" in page
    assert 'class="brand" href="/"' in page
    assert "gcp-iap-mode=CLEAR_LOGIN_COOKIE" in page
