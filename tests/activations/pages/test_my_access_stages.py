"""My access, where the access policy demands approval in stages."""

from __future__ import annotations

import pytest

from activations.models import Request
from simulator import Simulator
from tests.activations.pages.everywhere import REQUEST, form_of, ids, my_access, send
from tests.activations.pages.reading import Page
from tests.conftest import PersonClient
from tests.eligibility.indexed_world import index_of
from tests.journeys.policies import Activate, policy
from tests.journeys.stages import JIT_ROLE, rule, staff
from tests.moments import now

__all__ = ["policy"]

STAGES = 'stages: [{from: ["group:leads@example.com"], count: 1}]'


@pytest.fixture(autouse=True)
def _strict(simulated: Simulator, policy: Activate) -> None:
    staff(simulated)
    policy(rule(STAGES, when='roles: ["roles/compute.admin"]'))
    index_of(simulated.company, now())


def test_a_role_that_the_policy_wants_approved_is_listed_as_such(alice: PersonClient) -> None:
    page = my_access(alice, kind="approval")
    assert form_of(page).box(JIT_ROLE)["name"] == "approval"
    assert JIT_ROLE not in ids(my_access(alice, kind="self"))


def test_nobody_has_to_be_chosen_where_the_policy_names_approvers(alice: PersonClient) -> None:
    page = Page(send(alice, JIT_ROLE))
    assert page.heading == "Who should review?"
    answer = alice.post(REQUEST, form_of(page).fields)
    assert answer.status_code == 303
    assert Request.objects.get().role == "roles/compute.admin"
    assert "Waiting for approval" in Page(alice.get(answer["Location"])).heading
