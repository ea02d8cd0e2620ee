"""`/explain`: a form that works without scripts, and the steps in words."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from simulator import Simulator
from tests.activations.pages.reading import Page
from tests.activations.pages.shop import PROJECT
from tests.conftest import PersonClient

JIT = "has({}.jitAccessConstraint)"
ROLE = "roles/compute.admin"


def explained(person: PersonClient, **query: str) -> Page:
    return Page(person.get("/explain", query))


def marks(page: Page) -> list[str]:
    return [item["class"].removeprefix("step ") for item in page.all("li") if item.has("class")]


def test_the_form_asks_nobody_and_remembers_the_project(
    alice: PersonClient, simulated: Simulator
) -> None:
    alice.get(f"/projects/{PROJECT}")
    simulated.calls.clear()
    page = explained(alice)
    assert page.heading == "Why is a role missing or refused?"
    assert page.forms["/explain"].fields["project"] == [PROJECT]
    assert not simulated.calls.of("cloudasset.*")


def test_an_eligible_role_passes_every_check(alice: PersonClient) -> None:
    page = explained(alice, project=PROJECT, role=ROLE)
    assert page.status == 200
    assert "You can activate roles/compute.admin on shop-prod" in page.text
    assert set(marks(page)) == {"pass"}


def test_a_role_that_needs_approval_says_so(alice: PersonClient) -> None:
    page = explained(alice, project=PROJECT, role="roles/iam.securityAdmin")
    assert "somebody else must approve" in page.text


def test_a_misspelt_marker_is_crossed_with_what_to_do(alice: PersonClient) -> None:
    page = explained(alice, project="shop-staging", role="roles/redis.admin")
    assert "You cannot request roles/redis.admin on shop-staging now" in page.text
    assert "Condition Failed The condition does not count" in page.text
    assert "Ask an administrator to correct the condition on project shop-staging." in page.text
    assert "gcloud" not in page.text


def test_what_google_does_not_say_is_called_unknown(
    alice: PersonClient, simulated: Simulator, no_retry_delay: Any
) -> None:
    simulated.faults.add("cloudasset.*", status=503, times=None)
    page = explained(alice, project=PROJECT, role=ROLE)
    assert "It could not be determined whether you can request" in page.text
    assert "unknown" in marks(page)


def test_an_administrator_gets_commands_for_herself(olga: PersonClient) -> None:
    page = explained(olga, project=PROJECT, role=ROLE)
    assert "gcloud projects add-iam-policy-binding shop-prod" in page.text


def test_the_page_answers_about_nobody_else(olga: PersonClient) -> None:
    page = explained(olga, project=PROJECT, role=ROLE, user="alice@example.com")
    assert "names you or one of your groups" in page.text


@pytest.mark.parametrize(
    ("project", "role", "words"),
    [
        ("Shop", ROLE, "is not a project ID"),
        ("200000000001", ROLE, "is a project number"),
        (PROJECT, "compute", "Enter the name of a role"),
    ],
)
def test_what_is_not_well_formed_comes_back_with_the_form(
    alice: PersonClient, project: str, role: str, words: str
) -> None:
    page = explained(alice, project=project, role=role)
    assert page.status == 400
    assert words in page.text
    fields = page.forms["/explain"].fields
    assert (fields["project"], fields["role"]) == ([project], [role])


def test_typed_markup_and_hidden_characters_stay_text(alice: PersonClient) -> None:
    answer = alice.get("/explain", {"project": "<b>\u202e", "role": "<script>alert(1)</script>"})
    assert b"<script>alert" not in answer.content
    assert b"<b>" not in answer.content


def test_lists_of_roles_link_to_it(alice: PersonClient, charlie: PersonClient) -> None:
    for person in (alice, charlie):
        links = Page(person.get(f"/projects/{PROJECT}")).links()
        assert links["Is a role missing?"] == f"/explain?project={PROJECT}"


def test_a_project_that_cannot_be_read_links_to_the_form(alice: PersonClient) -> None:
    page = Page(alice.get("/projects/no-such-project"))
    assert page.links()["Is a role missing?"] == "/explain?project=no-such-project"


def test_a_text_that_is_no_project_id_leads_to_the_search(alice: PersonClient) -> None:
    page = explained(alice, project="200000000001", role=ROLE)
    assert page.links()["Search for a project"] == "/projects?q=200000000001"


def test_without_a_role_other_projects_are_offered(alice: PersonClient) -> None:
    other = "Search for another project"
    assert other in explained(alice, project="payroll", role=ROLE).links()
    assert other not in explained(alice, project=PROJECT, role=ROLE).links()


def test_a_condition_without_a_marker_is_not_called_wrong(alice: PersonClient) -> None:
    page = explained(alice, project=PROJECT, role="roles/logging.viewer")
    assert "IAM grants the role whenever the condition holds, without activation." in page.text
    assert "correct the condition" not in page.text


def test_a_role_that_does_not_exist_is_not_recommended(alice: PersonClient) -> None:
    page = explained(alice, project=PROJECT, role="roles/compute.adminn")
    assert "Check the spelling of the role." in page.text
    assert "bind the role" not in page.text


def withdrawn(simulated: Simulator, *, marker: str) -> None:
    """All bindings with this marker are gone from the project."""
    policy = simulated.company.policy(PROJECT)
    policy["bindings"] = [
        binding
        for binding in policy["bindings"]
        if binding["role"] != ROLE or marker not in str(binding.get("condition"))
    ]
    simulated.company.put_policy(PROJECT, policy)


def test_a_refused_activation_links_to_the_reason(
    alice: PersonClient, simulated: Simulator
) -> None:
    alice.get(f"/projects/{PROJECT}")
    withdrawn(simulated, marker=JIT)
    form = {"projectId": PROJECT, "minutes": "5", "justification": "x", "role": f"{PROJECT}:{ROLE}"}
    page = Page(alice.post("/activate", form))
    assert page.status == 403
    assert page.links()["Why?"] == f"/explain?{urlencode({'project': PROJECT, 'role': ROLE})}"
    assert "cannot request" in Page(alice.get(page.links()["Why?"])).text


def test_a_refused_question_for_approval_links_to_the_reason(charlie: PersonClient) -> None:
    page = Page(charlie.get("/ask", {"role": f"{PROJECT}:roles/iam.securityAdmin"}))
    assert page.status == 403
    assert page.links()["Why?"].endswith("&role=roles%2Fiam.securityAdmin")


def test_a_reviewer_who_is_not_eligible_is_not_the_persons_own_reason(alice: PersonClient) -> None:
    form = {"projectId": PROJECT, "minutes": "5", "justification": "x"}
    role = f"{PROJECT}:roles/iam.securityAdmin"
    page = Page(alice.post("/ask", form | {"approval": role, "reviewer": "charlie@example.com"}))
    assert page.status == 403
    assert "Why?" not in page.links()


def test_the_link_keeps_the_resource_condition(charlie: PersonClient) -> None:
    # The condition is resource.type == "a".
    role = f"{PROJECT}:roles/iam.securityAdmin:cmVzb3VyY2UudHlwZSA9PSAiYSI="
    page = Page(charlie.get("/ask", {"role": role}))
    assert "resourceCondition=resource.type+%3D%3D+%22a%22" in page.links()["Why?"]
