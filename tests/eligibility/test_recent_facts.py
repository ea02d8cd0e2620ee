"""Facts for lists are cached for half a minute and read again after a change."""

from datetime import timedelta

import pytest

from eligibility.asset_inventory import AssetInventoryCatalog
from eligibility.caches import RecentFacts
from eligibility.entitlements import ProjectRole
from eligibility.facts import Facts
from eligibility.judgement import entitlements_of
from eligibility.validity import Period
from googlecloud.errors import Unavailable
from simulator import Simulator
from tests.eligibility.cases import JIT, NOON
from tests.eligibility.conftest import Clock

ALICE = "alice@example.com"
WHO = {"user": ALICE, "project_id": "playground"}


@pytest.fixture(autouse=True)
def own_project(sim: Simulator) -> None:
    sim.company.add_project("playground")
    sim.company.bind("playground", "roles/viewer", ["user:bob@example.com"], JIT)
    sim.company.bind("playground", "roles/browser", [f"user:{ALICE}", "user:bob@example.com"], JIT)


@pytest.fixture
def recent(catalog: AssetInventoryCatalog, clock: Clock) -> RecentFacts:
    return RecentFacts(catalog, clock=clock)


def test_a_second_list_makes_no_call(sim: Simulator, recent: RecentFacts) -> None:
    first = recent.facts(**WHO)
    sim.calls.clear()
    assert recent.facts(user="Alice@Example.com", project_id="playground") is first
    assert len(sim.calls.google) == 0


def test_people_and_projects_are_cached_separately(sim: Simulator, recent: RecentFacts) -> None:
    recent.facts(**WHO)
    sim.calls.clear()
    recent.facts(user="bob@example.com", project_id="playground")
    recent.facts(user=ALICE, project_id="shop-prod")
    assert len(sim.calls.of("cloudasset.*")) == 2


def test_facts_are_read_again_after_half_a_minute_or_a_change(
    sim: Simulator, recent: RecentFacts, clock: Clock
) -> None:
    recent.facts(**WHO)
    clock.sleep(30)
    recent.facts(**WHO)
    recent.forget(user="ALICE@example.com", project_id="playground")
    recent.facts(**WHO)
    assert len(sim.calls.of("cloudasset.*")) == 3


def test_failures_are_not_cached(sim: Simulator, recent: RecentFacts) -> None:
    fault = sim.faults.add("cloudasset.*", status=503, times=None)
    with pytest.raises(Unavailable):
        recent.facts(**WHO)
    fault.times = 0
    assert recent.facts(**WHO).policies


def test_only_facts_about_the_person_are_cached(
    catalog: AssetInventoryCatalog, recent: RecentFacts
) -> None:
    kept, whole = recent.facts(**WHO), catalog.facts(**WHO)
    assert entitlements_of(kept, wanted=Period.of(NOON, timedelta(hours=1))) == entitlements_of(
        whole, wanted=Period.of(NOON, timedelta(hours=1))
    )
    assert ProjectRole("playground", "roles/browser") in {
        holding.project_role
        for holding in entitlements_of(kept, wanted=Period.of(NOON, timedelta(hours=1))).available
    }
    assert "bob@example.com" not in str(kept.policies)


def test_facts_read_before_a_change_are_not_cached_after_it(
    catalog: AssetInventoryCatalog, clock: Clock
) -> None:
    class SlowCatalog:
        """A catalog that is told of a change while it reads."""

        def facts(self, *, user: str, project_id: str) -> Facts:
            found = catalog.facts(user=user, project_id=project_id)
            changed.forget(user=user, project_id=project_id)
            return found

    changed = RecentFacts(SlowCatalog(), clock=clock)
    assert changed.facts(**WHO) is not changed.facts(**WHO)
