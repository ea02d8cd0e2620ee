"""`/admin/explain/`: administrators explain the eligibility of anybody, with commands."""

from __future__ import annotations

import html
import shlex
from typing import Any

import pytest

from tests.activations.pages.reading import Page

pytestmark = pytest.mark.one_database
PAGE = "/admin/explain/"
HOSTILE = "x'; rm -rf ~ #"
QUESTION = {
    "user": "alice@example.com",
    "project": "shop-staging",
    "role": "roles/redis.admin",
}


def content(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_the_overview_links_to_it(olga: Any) -> None:
    assert Page(olga.get("/admin/")).links()["Explain eligibility"] == PAGE


def test_the_form_asks_for_person_project_and_role(olga: Any, simulated: Any) -> None:
    answer = olga.get(PAGE)
    assert answer.status_code == 200
    assert Page(answer).forms[PAGE].fields.keys() >= {"user", "project", "role"}
    assert not simulated.calls.of("cloudasset.*")


def test_it_explains_another_person_with_a_command(olga: Any) -> None:
    text = content(olga.get(PAGE, QUESTION))
    assert "alice@example.com cannot request roles/redis.admin on shop-staging now" in text
    assert "gcloud projects get-iam-policy shop-staging" in text


def test_commands_can_be_copied(olga: Any) -> None:
    page = olga.get(PAGE, QUESTION).content.decode()
    assert "data-copy" in page
    assert "js/copy" in page


@pytest.mark.parametrize(
    ("user", "role"),
    [
        ("alice@example.com", "roles/compute.adminn"),
        ("robot@shop-prod.iam.gserviceaccount.com", "roles/compute.admin"),
    ],
)
def test_a_binding_that_would_not_help_is_not_proposed(olga: Any, user: str, role: str) -> None:
    text = content(olga.get(PAGE, {"user": user, "project": "shop-prod", "role": role}))
    assert "names " + user + " or one of their groups" in text
    assert "add-iam-policy-binding" not in text


def test_hostile_names_cannot_leave_the_command(olga: Any, simulated: Any) -> None:
    simulated.company.bind(
        "shop-staging",
        "roles/run.admin",
        [f"group:{HOSTILE}@example.com"],
        "has({}.jitAccessConstraint)",
        title=HOSTILE,
    )
    page = html.unescape(olga.get(PAGE, QUESTION | {"role": "roles/run.admin"}).content.decode())
    commands = [part.partition("</code>")[0] for part in page.split("<code>")[1:]]
    words = [word for command in commands for word in shlex.split(command)]
    assert f"--group-email={HOSTILE}@example.com" in words
    assert "rm" not in words


def test_what_is_not_well_formed_is_said(olga: Any) -> None:
    answer = olga.get(PAGE, QUESTION | {"user": "alice"})
    assert answer.status_code == 400
    assert "Enter the e-mail address of one person" in content(answer)


@pytest.mark.parametrize("name", ["alice", "audrey", "bob"])
def test_it_is_for_administrators(person: Any, name: str, simulated: Any) -> None:
    answer = person(f"{name}@example.com").get(PAGE, QUESTION)
    assert answer.status_code == 403
    assert not simulated.calls.of("cloudasset.*")


def test_nobody_changes_anything_with_it(olga: Any) -> None:
    assert olga.post(PAGE, QUESTION).status_code == 405
