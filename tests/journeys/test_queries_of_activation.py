"""How many statements an activation sends to the database, which write while others wait for the project."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.conftest import PersonClient
from tests.journeys.shop import activate

pytestmark = pytest.mark.one_database
ROLE = "roles/browser"


def statements(person: PersonClient, *role_ids: str) -> int:
    with CaptureQueriesContext(connection) as sent:
        assert activate(person, *role_ids).status_code == 200
    return len(sent)


def test_other_people_with_the_same_role_cost_no_further_statements(person, simulated):
    emails = [f"engineer{number}@example.com" for number in range(6)]
    for email in emails:
        simulated.company.add_user(email)
    members = [f"user:{email}" for email in emails]
    simulated.company.bind("shop-prod", ROLE, members, "has({}.jitAccessConstraint)")
    first, second, *others, last = [person(email) for email in emails]
    role = f"shop-prod:{ROLE}"
    assert activate(first, role).status_code == 200
    for one in (second, last):
        one.api_get("/api/policy")  # their rows exist, as for most people
    with_one = statements(second, role)
    for one in others:
        assert activate(one, role).status_code == 200
    assert statements(last, role) == with_one
