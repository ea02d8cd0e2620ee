"""Parts that all pages have in common."""

from __future__ import annotations

import re

import pytest

from simulator import Simulator
from tests.activations.pages.reading import Page
from tests.activations.pages.shop import COMPUTE, ROLES, requested, send
from tests.conftest import PersonClient

PATHS = [
    "/",
    ROLES,
    "/projects/shop-staging",
    "/activity",
    "/projects?q=p",
    "/?activation=x",
    "/none",
    "/reviews",
    "/ask?role=shop-prod:roles/iam.securityAdmin",
]


@pytest.mark.parametrize("path", PATHS)
def test_every_page_follows_the_strict_content_security_policy(
    alice: PersonClient, path: str
) -> None:
    response = alice.get(path)
    page = Page(response)
    policy = response["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    scripts = page.all("script")
    assert scripts
    assert all(script.has("src") and not script.text.strip() for script in scripts)
    assert page.all("style") == []
    for element in page.elements:
        assert "style" not in element.attributes
        assert not [name for name in element.attributes if name.startswith("on")]
        for address in ("src", "action"):
            assert not element.attributes.get(address, "").startswith(("http", "//"))


@pytest.mark.parametrize("path", PATHS)
def test_every_page_has_landmarks_one_heading_and_a_skip_link(
    alice: PersonClient, path: str
) -> None:
    page = Page(alice.get(path))
    for tag in ("header", "main", "footer", "h1", "title"):
        assert len(page.all(tag)) == 1, tag
    assert page.links()["Skip to content"] == "#content"
    assert page.all("main")[0]["id"] == "content"
    assert page.all("html")[0]["lang"] == "en"


@pytest.mark.parametrize("path", PATHS)
def test_every_field_has_a_label_and_ids_are_unique(alice: PersonClient, path: str) -> None:
    page = Page(alice.get(path))
    ids = [item["id"] for item in page.elements if item.has("id")]
    assert len(set(ids)) == len(ids)
    labelled = {item["for"] for item in page.all("label")}
    for item in [*page.all("input"), *page.all("textarea")]:
        if item.attributes.get("type") != "hidden":
            assert item["id"] in labelled
    for item in page.elements:
        for name in ("aria-labelledby", "aria-describedby"):
            assert set(item.attributes.get(name, "").split()) <= set(ids)


def test_there_is_exactly_one_field_for_the_project(alice: PersonClient) -> None:
    for path in PATHS:
        fields = [item for item in Page(alice.get(path)).all("label") if "Project" in item.text]
        assert len(fields) == 1, path


def test_every_page_shows_the_signed_in_person_and_a_link_to_switch(alice: PersonClient) -> None:
    page = Page(alice.get("/activity"))
    assert "alice@example.com" in page.all("header")[0].text
    assert page.links()["Switch account"] == "/?gcp-iap-mode=CLEAR_LOGIN_COOKIE"


def test_only_people_with_access_to_the_admin_see_its_link(
    alice: PersonClient, olga: PersonClient, audrey: PersonClient
) -> None:
    assert "Admin" not in Page(alice.get("/activity")).links()
    assert Page(olga.get("/activity")).links()["Admin"] == "/admin/"
    assert Page(audrey.get("/activity")).links()["Admin"] == "/admin/"


def test_pages_work_while_administrators_cannot_be_determined(
    olga: PersonClient, simulated: Simulator
) -> None:
    simulated.faults.add("directory.*", status=403, message="no", times=None)
    page = Page(olga.get("/activity"))
    assert page.status == 200
    assert "Admin" not in page.links()


def test_times_are_in_utc_in_text_and_markup(alice: PersonClient) -> None:
    page = Page(alice.get(requested(alice, COMPUTE)))
    moments = page.all("time")
    assert moments != []
    for moment in moments:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment["datetime"])
        assert moment.text.strip().endswith("UTC")


def test_pages_are_not_cached(alice: PersonClient) -> None:
    for response in (alice.get(ROLES), send(alice), alice.get("/activity")):
        assert "no-store" in response["Cache-Control"]
