"""The table of operations lists exactly the calls that they make."""

from __future__ import annotations

import pytest

from simulator import Simulator
from tests.conftest import PersonClient
from tests.ledger.operations import ALL, Operation, People

pytestmark = pytest.mark.one_database


@pytest.mark.parametrize("operation", ALL, ids=lambda operation: operation.name)
def test_every_call_of_an_operation_is_listed(
    operation: Operation, alice: PersonClient, bob: PersonClient, simulated: Simulator
) -> None:
    people = People(alice, bob, simulated)
    subject = operation.prepare(people)
    simulated.calls.clear()
    operation.perform(people, subject)
    made = {call.api for call in simulated.calls.google}
    assert made == operation.calls
