"""Administrators propose, activate and reject access policies at the same moment."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from activations.evidence.verification import verify
from activations.models import Event
from policies.models import PolicyProposal, PolicyVersion
from policies.services.active import active_text
from simulator import Simulator
from tests.activations.admin.policies import (
    HALF,
    HOUR,
    NONE,
    PROPOSE,
    confirmed,
    decide,
    preview,
    proposed,
)
from tests.conftest import PersonClient
from tests.journeys.test_at_the_same_moment import all_at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
ADMINISTRATORS = 4
TRIES = 5


@pytest.fixture
def administrators(simulated: Simulator, transactional_db: None) -> list[PersonClient]:
    """Return clients of some administrators, who have been here before."""
    clients = []
    for number in range(ADMINISTRATORS):
        email = f"admin{number}@example.com"
        simulated.company.add_user(email)
        simulated.company.join("jit-admins@example.com", email)
        clients.append(PersonClient(simulated, email))
        assert clients[-1].get("/admin/").status_code == 200
    return clients


def statuses(answers: list[Any]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


def kinds() -> list[str]:
    return list(Event.objects.order_by("sequence").values_list("kind", flat=True))


def test_of_administrators_who_activate_one_proposal_at_once_one_does(
    administrators: list[PersonClient],
) -> None:
    author, *others = administrators
    for number in range(TRIES):
        waiting = proposed(author, f"{HOUR}# {number}\n")
        answers = all_at_once(*[partial(decide, one, waiting, "activate") for one in others])
        assert statuses(answers) == [302, 409, 409]
        assert active_text() == waiting.version.text
    assert kinds().count("policy.activated") == TRIES
    assert verify().problem is None


def test_of_two_proposals_that_are_activated_at_once_one_becomes_active(
    administrators: list[PersonClient],
) -> None:
    author, second, third, _ = administrators
    for number in range(TRIES):
        first = proposed(author, f"{HOUR}# {number}\n")
        other = proposed(author, f"{HALF}# {number}\n")
        answers = all_at_once(
            partial(decide, second, first, "activate"), partial(decide, third, other, "activate")
        )
        assert statuses(answers) == [302, 409]
        for proposal in (first, other):
            proposal.refresh_from_db()
        assert {first.state, other.state} == {"ACTIVE", "PROPOSED"}
        assert active_text() == (first if first.state == "ACTIVE" else other).version.text
    assert PolicyProposal.objects.filter(state="ACTIVE").count() == 1
    assert verify().problem is None


def test_a_rejection_and_an_activation_at_once_leave_one_decision(
    administrators: list[PersonClient],
) -> None:
    author, second, third, _ = administrators
    for number in range(TRIES):
        waiting = proposed(author, f"{HOUR}# {number}\n")
        answers = all_at_once(
            partial(decide, second, waiting, "activate"),
            partial(decide, third, waiting, "reject", "No"),
        )
        assert statuses(answers) == [302, 409]
    decisions = [kind for kind in kinds() if kind != "policy.proposed"]
    assert len(decisions) == TRIES
    assert verify().problem is None


def test_the_same_text_that_is_proposed_at_once_is_one_proposal(
    administrators: list[PersonClient],
) -> None:
    sent = [confirmed(preview(one, HOUR), HOUR) for one in administrators]
    answers = all_at_once(
        *[partial(one.post, PROPOSE, form) for one, form in zip(administrators, sent, strict=True)]
    )
    assert statuses(answers) == [302] * ADMINISTRATORS
    assert (PolicyVersion.objects.count(), PolicyProposal.objects.count()) == (1, 1)
    assert kinds() == ["policy.proposed"]


def test_a_proposal_during_an_activation_is_based_on_what_is_active_then(
    administrators: list[PersonClient],
) -> None:
    author, second, third, fourth = administrators
    for number in range(TRIES):
        waiting = proposed(author, f"{HOUR}# {number}\n")
        text = f"{NONE}# {number}\n"
        form = confirmed(preview(third, text), text)
        answers = all_at_once(
            partial(decide, second, waiting, "activate"), partial(third.post, PROPOSE, form)
        )
        assert answers[0].status_code == 302
        assert answers[1].status_code in {302, 409}
        for proposal in PolicyProposal.objects.filter(state="PROPOSED", version__text=text):
            is_current = proposal.base_id == waiting.version_id
            later = decide(fourth, proposal, "activate").status_code
            assert later == (302 if is_current else 409)
    assert verify().problem is None
