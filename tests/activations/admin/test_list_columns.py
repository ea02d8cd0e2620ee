"""The lists of requests and grants show approvers, the end of access and the rule, and sort by columns."""

from __future__ import annotations

import re
from typing import Any

import pytest

from activations.domain.states import GrantState
from tests.activations.admin.history import HOUR, NOON, grant, request
from tests.activations.admin.reading import GRANTS, REQUESTS, text
from tests.conftest import PersonClient
from tests.journeys.approvals import decide, pending_request
from tests.journeys.glass import RULE
from tests.journeys.policies import Activate, policy
from tests.journeys.shop import COMPUTE, activate

__all__ = ["policy"]


def column(who: Any, address: str, name: str, /, **filters: str) -> list[str]:
    """Return the cells of a column of a list, as text."""
    shown = text(who.get(address, filters))
    cells = re.findall(rf'<t[dh][^>]* class="field-{name}[^"]*">(.*?)</t[dh]>', shown, re.DOTALL)
    return [" ".join(re.sub("<[^>]*>", " ", cell).split()) for cell in cells]


@pytest.mark.parametrize("address", [GRANTS, REQUESTS])
def test_a_list_names_the_approver(
    alice: PersonClient, bob: PersonClient, audrey: PersonClient, address: str
) -> None:
    assert decide(bob, pending_request(alice), "approve").status_code == 200
    assert column(audrey, address, "approvers") == ["bob@example.com"]
    [end] = column(audrey, address, "ends")
    assert end.endswith(" planned")


@pytest.mark.parametrize("address", [GRANTS, REQUESTS])
@pytest.mark.django_db
def test_a_list_shows_the_end_of_the_whole_access(audrey: PersonClient, address: str) -> None:
    first = grant(state=GrantState.ENDED, ended_at=NOON + HOUR, end_reason="extended")
    grant(NOON + HOUR, of=request(NOON + HOUR, extends=first))
    assert column(audrey, address, "ends") == ["2025-03-10 14:00:00"] * 2


@pytest.mark.django_db
def test_a_grant_that_failed_has_no_end(audrey: PersonClient) -> None:
    grant(state=GrantState.FAILED)
    assert column(audrey, GRANTS, "ends") == [""]


def test_a_list_names_the_rule(alice: PersonClient, audrey: PersonClient, policy: Activate) -> None:
    policy(RULE)
    activate(alice, COMPUTE)
    assert column(audrey, GRANTS, "rule") == ["night"]
    assert column(audrey, REQUESTS, "rule_applied") == ["night"]


@pytest.mark.parametrize(("address", "number"), [(GRANTS, "1"), (REQUESTS, "1")])
@pytest.mark.django_db
def test_columns_with_an_index_sort(audrey: PersonClient, address: str, number: str) -> None:
    for email in ("carol@example.com", "alice@example.com", "bob@example.com"):
        grant(of=request(email=email))
    people = column(audrey, address, "person", o=number)
    assert people == sorted(people)
    assert column(audrey, address, "person", o=f"-{number}") == people[::-1]
