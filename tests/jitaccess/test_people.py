"""IAP's subject identifies a person; the address is only for contact."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from activations.models import Address, Request, User
from simulator import Simulator
from tests.conftest import PersonClient
from tests.jitaccess.anybody import call
from tests.journeys.shop import activate

pytestmark = pytest.mark.one_database


ALICE = "alice@example.com"


@pytest.mark.django_db
def test_a_person_is_made_on_first_sight(simulated: Simulator) -> None:
    call(simulated.assertion(ALICE, sub="accounts.google.com:1"))
    user = User.objects.get()
    assert (user.subject, user.email) == ("accounts.google.com:1", ALICE)
    assert not user.is_superuser
    assert user.password is None


@pytest.mark.django_db
def test_a_person_stays_the_same_under_a_new_address(simulated: Simulator) -> None:
    call(simulated.assertion(ALICE, sub="accounts.google.com:1"))
    answer = call(simulated.assertion("alice.new@example.com", sub="accounts.google.com:1"))
    assert answer.json()["signedInUser"] == {"email": "alice.new@example.com"}
    assert User.objects.get().email == "alice.new@example.com"


def newer(simulated: Simulator, *, sub: str) -> str:
    """An assertion for Alice's address that IAP issued after all others."""
    issued = int(time.time()) + 10
    return simulated.assertion(ALICE, sub=sub, iat=issued, exp=issued + 600)


@pytest.mark.django_db
def test_history_follows_the_person_and_keeps_the_old_address(
    alice: PersonClient, simulated: Simulator
) -> None:
    request_id = activate(alice).json()["requestId"]
    renamed = simulated.assertion("alicia@example.com", sub=User.objects.get().subject)
    seen = call(renamed, f"/api/requests/{request_id}").json()
    assert seen["isBeneficiary"]
    assert seen["beneficiary"] == {"email": ALICE}
    assert Request.objects.get().beneficiary_email == ALICE


@pytest.mark.django_db
def test_two_subjects_with_one_address_are_two_people(
    alice: PersonClient, simulated: Simulator
) -> None:
    request_id = activate(alice).json()["requestId"]
    namesake = newer(simulated, sub="accounts.google.com:another")
    assert call(namesake, f"/api/requests/{request_id}").status_code == 404
    assert call(namesake, "/api/requests").json()["requests"] == []
    assert User.objects.filter(email=ALICE).count() == 2


@pytest.mark.django_db
def test_an_address_belongs_to_the_account_that_iap_vouched_for_last(simulated: Simulator) -> None:
    old = simulated.assertion(ALICE, sub="accounts.google.com:1")
    assert call(old).status_code == 200
    assert call(newer(simulated, sub="accounts.google.com:2")).status_code == 200
    refused = call(old)
    assert refused.status_code == 403
    assert "belongs to another account now" in refused.json()["message"]
    owned = Address.objects.get(email=ALICE, until=None)
    assert owned.person.subject == "accounts.google.com:2"


@pytest.mark.django_db
def test_a_renamed_person_keeps_one_address_and_a_history_of_others(simulated: Simulator) -> None:
    call(simulated.assertion(ALICE, sub="accounts.google.com:1"))
    call(simulated.assertion("alicia@example.com", sub="accounts.google.com:1"))
    rows = Address.objects.order_by("since", "pk").values_list("email", "until")
    assert [(email, until is None) for email, until in rows] == [
        (ALICE, False),
        ("alicia@example.com", True),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("spelling", ["ALICE@Example.com", "accounts.google.com:alice@example.com"])
def test_an_address_is_the_same_however_it_is_spelt(simulated: Simulator, spelling: str) -> None:
    call(simulated.assertion(spelling, sub="accounts.google.com:1"))
    assert User.objects.get().email == ALICE


@pytest.mark.django_db
def test_the_last_visit_is_noted_once_an_hour(simulated: Simulator) -> None:
    call(simulated.assertion(ALICE, sub="accounts.google.com:1"))
    long_ago = User.objects.get().last_seen - timedelta(hours=2)
    User.objects.update(last_seen=long_ago)
    call(simulated.assertion(ALICE, sub="accounts.google.com:1"))
    seen = User.objects.get().last_seen
    assert seen > long_ago
    call(simulated.assertion(ALICE, sub="accounts.google.com:1"))
    assert User.objects.get().last_seen == seen
