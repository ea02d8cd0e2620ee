"""The choice *Break glass*, and the after-review on the page of a request."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from activations.models import AfterReview, Request
from simulator import Simulator
from tests.activations.pages.reading import Page
from tests.activations.pages.shop import COMPUTE, NEEDS_APPROVAL, filled_in, roles_page
from tests.conftest import PersonClient
from tests.journeys.accounts import Account
from tests.journeys.glass import BREAK_GLASS, EMERGENCY, RULE, judge, used_glass
from tests.journeys.policies import Activate, policy
from tests.moments import now
from tests.rewriting import rewrite

__all__ = ["policy"]

CHOSEN = {"break_glass": ["true"], "justification": [EMERGENCY]}


@pytest.fixture
def maria(person: Callable[[str], PersonClient]) -> PersonClient:
    return person("maria@example.com")


def has_choice(page: Page) -> bool:
    return any(element.attributes.get("name") == "break_glass" for element in page.all("input"))


def test_only_people_who_may_see_the_choice(
    alice: PersonClient, carol: PersonClient, policy: Activate
) -> None:
    assert not has_choice(roles_page(alice))
    policy(RULE)
    page = roles_page(alice)
    assert has_choice(page)
    assert "jit-reviewers@example.com. They judge within 3 d" in page.text
    assert not has_choice(roles_page(carol))


def test_roles_with_and_without_approval_are_activated_together(
    alice: PersonClient, policy: Activate
) -> None:
    policy(RULE)
    sent = filled_in(roles_page(alice), COMPUTE) | {"approval": [NEEDS_APPROVAL]} | CHOSEN
    answer = alice.post("/activate", sent)
    assert answer.status_code == 303
    page = Page(alice.get(answer["Location"]))
    assert "Break glass" in page.text
    assert "To be reviewed to be judged by" in page.text
    assert "/after-review" not in str(page.forms)
    assert Request.objects.get().grants.count() == 2


def test_the_choice_is_also_on_the_page_that_asks_for_reviewers(
    alice: PersonClient, policy: Activate
) -> None:
    policy(RULE)
    page = Page(alice.get("/ask", {"role": NEEDS_APPROVAL}))
    assert has_choice(page)
    assert alice.post("/ask", page.forms["/ask"].fields | CHOSEN).status_code == 303
    assert Request.objects.get().break_glass


@pytest.mark.parametrize("path", ["/activate", "/ask"])
def test_a_refusal_keeps_the_choice(alice: PersonClient, policy: Activate, path: str) -> None:
    policy(f"name: night, when: {{roles: ['roles/iam.*']}}, {BREAK_GLASS}")
    fields = filled_in(roles_page(alice)) | {"role": [], "approval": [NEEDS_APPROVAL]} | CHOSEN
    page = Page(alice.post(path, fields | {"justification": ["Down"]}))
    assert page.status == 400
    assert "at least 20 characters" in page.text
    (form,) = (form for action, form in page.forms.items() if action in {"/activate", "/ask"})
    assert form.fields["break_glass"] == ["true"]
    page = Page(alice.post("/activate", fields | {"role": [COMPUTE]}))
    assert page.status == 403
    assert "roles/compute.admin has no break-glass access" in page.text


def test_requesting_again_does_not_choose_it_again(alice: PersonClient, policy: Activate) -> None:
    policy(RULE)
    again = roles_page(alice, again=used_glass(alice))
    assert "break_glass" not in again.form.fields
    assert again.form.fields["justification"] == [EMERGENCY]


def test_a_reviewer_judges_on_the_page(
    alice: PersonClient, bob: PersonClient, maria: PersonClient, policy: Activate
) -> None:
    policy(RULE)
    url = f"/requests/{used_glass(alice)}"
    assert f"{url}/after-review" not in Page(bob.get(url)).forms
    page = Page(maria.get(url))
    form = page.forms[f"{url}/after-review"].fields
    refused = Page(maria.post(f"{url}/after-review", form | {"verdict": ["justified"]}))
    assert refused.status == 400
    assert "Explain your verdict in a comment" in refused.text
    sent = form | {"verdict": ["not_justified"], "comment": ["Bob was on call"]}
    assert maria.post(f"{url}/after-review", sent)["Location"] == url
    page = Page(maria.get(url))
    assert "Not justified by maria@example.com" in page.text
    assert "“Bob was on call”" in page.text
    assert "Judged break glass as not justified" in page.text
    assert maria.post(f"{url}/after-review", sent).status_code == 303
    second = Page(maria.post(f"{url}/after-review", sent | {"verdict": ["justified"]}))
    assert second.status == 409
    assert Page(bob.post(f"{url}/after-review", sent)).status == 409
    assert maria.get(f"{url}/after-review")["Location"] == url


def test_others_cannot_judge_on_the_page(
    alice: PersonClient, bob: PersonClient, charlie: PersonClient, policy: Activate
) -> None:
    policy(RULE)
    url = f"/requests/{used_glass(alice)}/after-review"
    sent = {"verdict": "justified", "comment": "Fine"}
    assert bob.post(url, sent).status_code == 403
    assert alice.post(url, sent).status_code == 403
    assert charlie.post(url, sent).status_code == 404
    assert AfterReview.objects.get().state == "open"


def test_an_overdue_review_is_marked(
    maria: PersonClient, alice: PersonClient, policy: Activate
) -> None:
    policy(RULE)
    url = f"/requests/{used_glass(alice)}"
    rewrite(AfterReview.objects, due_at=now())
    assert "Review overdue" in Page(maria.get(url)).text


def test_people_see_their_own_request_while_groups_cannot_be_read(
    alice: PersonClient, policy: Activate, simulated: Simulator, no_retry_delay: None
) -> None:
    policy(RULE)
    url = f"/requests/{used_glass(alice)}"
    simulated.faults.add("directory.groups.list", status=503, times=None)
    assert "To be reviewed" in Page(alice.get(url)).text


def test_reviewers_find_what_they_have_to_judge(
    alice: PersonClient, bob: PersonClient, maria: PersonClient, policy: Activate
) -> None:
    policy(RULE)
    assert "Reviews" not in Page(maria.get("/activity")).links()
    request_id = used_glass(alice)
    assert "Reviews" in Page(maria.get("/activity")).links()
    links = Page(maria.get("/reviews")).links()
    assert links["alice@example.com used break glass"] == f"/requests/{request_id}#after-review"
    for person in (alice, bob):
        assert "used break glass" not in Page(person.get("/reviews")).text
    judge(maria, request_id)
    assert "used break glass" not in Page(maria.get("/reviews")).text


def test_the_next_owner_of_an_address_does_not_see_it(
    alice: PersonClient, policy: Activate, simulated: Simulator
) -> None:
    earlier = Account(simulated, "maria@example.com", subject="7")
    earlier.get("/activity")
    policy(RULE)
    request_id = used_glass(alice)
    simulated.company.leave("jit-reviewers@example.com", "maria@example.com")
    later = Account(simulated, "maria@example.com", subject="8", later=10)
    assert "used break glass" not in Page(later.get("/reviews")).text
    assert later.get(f"/requests/{request_id}").status_code == 404
