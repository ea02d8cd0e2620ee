"""The forms say what a rule of the access policy demands before anything is typed."""

from __future__ import annotations

import json

import pytest

from simulator import Simulator
from tests.activations.pages.approvals import BOB, ask, ask_page, ask_url
from tests.activations.pages.reading import Page
from tests.activations.pages.shop import COMPUTE, DNS, roles_page, send
from tests.conftest import PersonClient
from tests.journeys.policies import Activate, policy
from tests.journeys.stages import LEADS, rule, staff

__all__ = ["policy"]

STAGES = (
    'stages: [{from: [peers, "group:leads@example.com"], count: 2},'
    ' {from: ["group:security@example.com"], count: 1}], answer_within: 4h'
)
IN_WORDS = "2 of peers or leads@example.com, then 1 of security@example.com"
STRICT = (
    "name: strict, when: {roles: [roles/iam.*]}, require: {duration: {max: 45m},"
    ' justification: {pattern: ".{5,}", hint: Say what is broken},'
    ' ticket: {label: Incident, pattern: "INC-[0-9]+"},'
    f" approval: {{{STAGES}}}}}"
)


@pytest.fixture(autouse=True)
def _staff(simulated: Simulator) -> None:
    staff(simulated)


def demanded(page: Page) -> str:
    return page.text.partition("What the access policy requires ")[2]


def test_the_form_says_who_approves_how_long_and_with_which_ticket(
    alice: PersonClient, policy: Activate
) -> None:
    policy(STRICT)
    page = ask_page(alice)
    told = demanded(page)
    for words in (
        "Rule strict",
        f"Approval {IN_WORDS}; all of them different people",
        "Expires 4 h after the request, unless it is approved",
        "Duration at most 45 min",
        "Justification Say what is broken",
        "Ticket Incident, which must match INC-[0-9]+",
    ):
        assert words in told
    assert "You get access with the last approval" in page.text


def test_choosing_people_is_optional_with_stages(alice: PersonClient, policy: Activate) -> None:
    policy(rule(STAGES))
    page = ask_page(alice)
    assert "Whom to notify (optional)" in page.text
    assert f"Needed: {IN_WORDS}. You may choose up to 10 people to notify." in page.text
    assert "If you choose nobody, all who may approve first are notified." in page.text
    fields = page.forms["/ask"].fields | {"justification": ["CASE-9"]}
    assert "reviewer" not in fields
    assert alice.post("/ask", fields).status_code == 303


def test_without_a_rule_nothing_is_demanded(alice: PersonClient, policy: Activate) -> None:
    policy("name: dns, when: {roles: [roles/dns.*]}")
    page = ask_page(alice)
    assert not demanded(page)
    assert "One approval is enough." in page.text


def test_a_stage_without_people_is_named(
    alice: PersonClient, policy: Activate, simulated: Simulator
) -> None:
    simulated.company.add_group("tiny@example.com", ["alice@example.com"])
    policy(rule('stages: [{from: ["group:tiny@example.com"], count: 1}]'))
    page = Page(alice.get(ask_url()))
    assert (
        "The access policy requires approval by 1 of tiny@example.com, and nobody else may approve first."
        in page.text
    )


def test_the_rows_tell_the_approvals_and_what_applies_together(
    alice: PersonClient, policy: Activate
) -> None:
    policy(
        STRICT,
        "name: compute, when: {roles: [roles/compute.*]}, require: {duration: {max: 30m},"
        ' ticket: {label: Case, pattern: "C-[0-9]+"}}',
        "name: dns, when: {roles: [roles/dns.*]},"
        ' require: {justification: {pattern: ".{5,}", hint: Name the zone}}',
    )
    page = roles_page(alice)
    assert f"approval by {IN_WORDS}" in page.row("roles/iam.securityAdmin")
    together = [json.loads(page.form.box(role)["data-demands"]) for role in (COMPUTE, DNS)]
    assert together == [
        {"hints": [], "ticket": "Case"},
        {"hints": ["Name the zone"], "ticket": ""},
    ]


def test_a_role_that_a_rule_makes_need_approval_offers_the_form_for_approval(
    alice: PersonClient, policy: Activate
) -> None:
    policy(rule(STAGES, when='roles: ["roles/compute.admin"]'))
    row = roles_page(alice).row("roles/compute.admin")
    assert "Needs approval" in row
    assert IN_WORDS in demanded(Page(alice.get(ask_url(COMPUTE))))
    made = ask(alice, LEADS[0], role=COMPUTE)
    assert made.status_code == 303
    refused = send(alice, COMPUTE, DNS, justification="CASE-1")
    assert refused.status_code in {400, 403}


def test_the_form_to_extend_tells_the_rule(
    alice: PersonClient, bob: PersonClient, policy: Activate
) -> None:
    address = ask(alice, BOB)["Location"]
    bob.post(f"{address}/approve", {})
    policy(rule(STAGES))
    extend = next(url for url in Page(alice.get(address)).links().values() if "extend" in url)
    assert IN_WORDS in demanded(Page(alice.get(extend)))
