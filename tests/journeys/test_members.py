"""Only other people are offered and accepted as reviewers, whether bound directly or through groups."""

from __future__ import annotations

from typing import Any

import pytest

from activations.models import User
from tests.conftest import PersonClient
from tests.journeys.approvals import ask
from tests.journeys.shop import PROJECT

pytestmark = pytest.mark.one_database


ROLE = "roles/browser"
ID = f"{PROJECT}:{ROLE}"
MARKER = "has({}.multiPartyApprovalConstraint)"
ALICE = "alice@example.com"
GROUP = "holders@example.com"


def holders(simulated: Any, way: str, *members: str) -> None:
    """Bind the role to these members directly, through a group or through a nested group."""
    company = simulated.company
    people = [ALICE, "bob@example.com", *members]
    if way == "user":
        company.bind(PROJECT, ROLE, [f"user:{member}" for member in people], MARKER)
        return
    company.add_group("inner@example.com", people)
    company.add_group(GROUP, ["inner@example.com"] if way == "nested" else people)
    company.bind(PROJECT, ROLE, f"group:{GROUP}", MARKER)


def offered(person: PersonClient) -> list[str]:
    answer = person.api_get(f"/api/projects/{PROJECT}/peers", id=ID)
    assert answer.status_code == 200, answer.content
    return [peer["email"] for peer in answer.json()["peers"]]


@pytest.mark.parametrize("way", ["user", "group", "nested"])
@pytest.mark.parametrize("bot", ["bot@p.iam.gserviceaccount.com", "p@appspot.gserviceaccount.com"])
def test_a_service_account_is_neither_offered_nor_accepted(
    alice: PersonClient, simulated: Any, way: str, bot: str
) -> None:
    holders(simulated, way, bot)
    assert offered(alice) == ["bob@example.com"]
    assert ask(alice, bot, entitlementId=ID).status_code in {400, 403}
    assert ask(alice, "bob@example.com", entitlementId=ID).status_code == 200


@pytest.mark.parametrize("way", ["group", "nested"])
def test_a_suspended_member_is_neither_offered_nor_accepted(
    alice: PersonClient, simulated: Any, way: str
) -> None:
    simulated.company.add_user("sam@example.com", suspended=True)
    holders(simulated, way, "sam@example.com")
    assert offered(alice) == ["bob@example.com"]
    assert ask(alice, "sam@example.com", entitlementId=ID).status_code in {400, 403}


@pytest.mark.parametrize("way", ["group", "nested"])
def test_your_own_alias_cannot_review(alice: PersonClient, simulated: Any, way: str) -> None:
    simulated.company.add_alias(ALICE, "al@example.com")
    holders(simulated, way, "al@example.com")
    assert offered(alice) == ["bob@example.com"]
    assert ask(alice, "al@example.com", entitlementId=ID).status_code == 400


def test_your_own_former_address_cannot_review(alice: PersonClient, simulated: Any) -> None:
    alice.api_get("/api/policy")
    simulated.company.rename_user(ALICE, "alicia@example.com")
    holders(simulated, "user", "alicia@example.com")
    alicia = PersonClient(simulated, "alicia@example.com")
    assert offered(alicia) == ["bob@example.com"]
    assert ask(alicia, ALICE, entitlementId=ID).status_code == 400
    assert User.objects.count() == 1


@pytest.mark.parametrize("bot", ["bot@p.iam.gserviceaccount.com"])
def test_a_service_account_among_the_designated_is_not_offered(
    alice: PersonClient, simulated: Any, settings: Any, bot: str
) -> None:
    holders(simulated, "user")
    settings.REVIEWERS = (f"user:{bot}", "user:carol@example.com")
    answer = alice.api_get(f"/api/projects/{PROJECT}/peers", id=ID).json()
    assert [one["email"] for one in answer["managers"]] == ["carol@example.com"]
    assert ask(alice, bot, entitlementId=ID).status_code in {400, 403}
