"""Each call of each operation fails in each way: records and answer are correct."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection

from eligibility import providers
from googlecloud.cloud import Cloud
from simulator import Simulator
from simulator.faults import FaultOptions
from tests.conftest import FakeClock, PersonClient
from tests.ledger.invariants import different, problems
from tests.ledger.later import reconcile_later
from tests.ledger.operations import GRANTABLE, OVER_HTTP, RECONCILE, SET, Operation, People
from tests.ledger.outcomes import check_before_reconciling, check_in_the_end
from tests.ledger.world import policies
from tests.moments import now

pytestmark = pytest.mark.one_database


READ_TIMEOUT = 0.4
HANGS = 1.0
FAULTS: dict[str, FaultOptions] = {
    "403": {"status": 403},
    "409": {"status": 409},
    "412": {"status": 412},
    "429": {"status": 429},
    "500": {"status": 500},
    "503": {"status": 503},
    "time-out before": {"hang": HANGS, "close": "before"},
    "time-out after": {"hang": HANGS, "done": True},
    "closed before": {"close": "before"},
    "closed after": {"close": "after"},
}
# The status of the answer after all retries failed.
NAMED = {"403": 403, "409": 409, "412": 409, "429": 429, "500": 503, "503": 503}
PASSING_READ = FAULTS.keys() - {"403", "409", "412"}
# All operations retry reads by one rule, so one operation tests it completely, and the others each kind:
# refused, tried again, and an answer that never comes.
ONCE_READ = {"activate": tuple(FAULTS)}
EACH_KIND = ("403", "503", "time-out after")
ALWAYS_READ = {"activate": ("429", "503", "closed before")}
ALWAYS_WRITE = ("403", "409", "412", "429", "500", "503", "closed before", "closed after")


# Failures of reads do not depend on the database, so SQLite alone tests them.
ONLY_WRITES = connection.vendor == "postgresql"


def calls_to_fail(calls: Iterable[str]) -> list[str]:
    return sorted({SET}.intersection(calls) if ONLY_WRITES else calls)


def cases() -> Iterator[Any]:
    """Return operation, call, fault, and whether it happens once or always."""
    for operation in OVER_HTTP:
        for api in calls_to_fail(operation.calls):
            once = tuple(FAULTS) if api == SET else ONCE_READ.get(operation.name, EACH_KIND)
            always = ALWAYS_WRITE if api == SET else ALWAYS_READ.get(operation.name, ("503",))
            for times, faults in (("once", once), ("always", always)):
                for fault in faults:
                    name = f"{operation.name}-{api.rpartition('.')[2]}-{fault}-{times}"
                    yield pytest.param(operation, api, fault, times == "always", id=name)


def expected(operation: Operation, api: str, fault: str, *, always: bool) -> int:
    """Return the status that is correct for this fault."""
    if api == GRANTABLE or (fault == "closed after" and api == SET):
        return 200
    if api == SET:
        return _expected_of_write(operation, fault, always=always)
    if not always:
        return 200 if fault in PASSING_READ else NAMED[fault]
    return NAMED.get(fault, 503)


def _expected_of_write(operation: Operation, fault: str, *, always: bool) -> int:
    if fault == "403":
        return 403
    if not always:
        return 200
    # The write may have arrived, or an approval is tried again later: both answer "not known yet".
    return 504 if fault not in NAMED or operation.name == "approve" else NAMED[fault]


@pytest.fixture
def before(simulated: Simulator) -> dict[str, Any]:
    """Return policies without the seeded activation that has no record; other tests cover adoption."""
    policy = simulated.company.policy("shop-prod")
    policy["bindings"] = [
        binding
        for binding in policy["bindings"]
        if not (
            binding["members"] == ["user:bob@example.com"]
            and binding.get("condition", {}).get("title") == "JIT access activation"
        )
    ]
    simulated.company.put_policy("shop-prod", policy)
    return policies(simulated.company)


@pytest.fixture
def people(
    before: Any,
    alice: PersonClient,
    bob: PersonClient,
    simulated: Simulator,
    no_retry_delay: FakeClock,
) -> People:
    """Return the people, with a cloud client that has short time-outs and retries without waiting."""
    config = replace(providers.cloud_config(), read_timeout=READ_TIMEOUT)
    providers.use_cloud(Cloud(config, sleep=no_retry_delay.sleep, clock=no_retry_delay))
    return People(alice, bob, simulated)


def inject(people: People, api: str, fault: str, *, always: bool) -> None:
    options = FAULTS[fault] | FaultOptions(times=None if always else 1)
    people.simulated.faults.add(api, **options)


@pytest.mark.parametrize(("operation", "api", "fault", "always"), list(cases()))
def test_answer_and_records_are_correct_after_a_fault(
    people: People, before: Any, operation: Operation, api: str, fault: str, always: bool
) -> None:
    company = people.simulated.company
    subject = operation.prepare(people)
    inject(people, api, fault, always=always)
    answer = operation.perform(people, subject)
    people.simulated.faults.clear()

    assert answer.status_code == expected(operation, api, fault, always=always), answer.content
    check_before_reconciling(operation, subject, answer)
    if answer.status_code == 200:
        assert different(policies(company), now=now()) == []

    _, moment = reconcile_later()
    assert problems(before, policies(company), now=moment) == []
    check_in_the_end(operation, subject, answer)


@pytest.mark.parametrize("times", [1, None])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("api", calls_to_fail(RECONCILE.calls))
def test_a_failed_reconciler_changes_nothing_wrongly_and_the_next_one_succeeds(
    people: People, before: Any, api: str, fault: str, times: int | None
) -> None:
    if times is None and "time-out" in fault:
        times = 2
    subject = RECONCILE.prepare(people)
    people.simulated.faults.add(api, **(FAULTS[fault] | FaultOptions(times=times)))
    RECONCILE.perform(people, subject)
    people.simulated.faults.clear()
    _, moment = reconcile_later()
    assert problems(before, policies(people.simulated.company), now=moment) == []
