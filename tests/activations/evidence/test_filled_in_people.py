"""Version 0.1.0 assigns a reviewer to an account without an event, which is valid for the account's addresses."""

from __future__ import annotations

import pytest

from activations.evidence.comparison import differences
from activations.models import Address, Reviewer, User
from tests.conftest import PersonClient
from tests.journeys.approvals import pending_request
from tests.journeys.renamed import BOB, ROBERT
from tests.moments import now
from tests.rewriting import rewrite


@pytest.fixture
def request_id(alice: PersonClient) -> str:
    """Request approval from Bob, who has never signed in; return the request's id."""
    return pending_request(alice, BOB)


def fill_in(user: User) -> None:
    rewrite(Reviewer.objects, user=user)


def seen_by_0_1_0(email: str) -> User:
    return User.objects.create(subject="s", email=email, first_seen=now(), last_seen=now())


def test_the_present_address_is_accepted(request_id: str) -> None:
    fill_in(seen_by_0_1_0(BOB))
    assert differences([request_id]) == []


def test_a_former_address_is_accepted(request_id: str) -> None:
    user = seen_by_0_1_0(ROBERT)
    Address.objects.create(person=user, email=BOB, since=now(), until=now(), asserted_at=now())
    fill_in(user)
    assert differences([request_id]) == []


@pytest.mark.parametrize("email", [ROBERT, "charlie@example.com"])
def test_an_address_that_the_person_never_had_is_reported(request_id: str, email: str) -> None:
    fill_in(seen_by_0_1_0(email))
    [found] = differences([request_id])
    assert found.field == "user"
