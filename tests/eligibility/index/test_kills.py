"""A refresh may be killed at any moment: what is served stays whole, and the next run continues."""

from __future__ import annotations

from random import Random

import pytest

from eligibility.models import IndexedGroup, IndexedGroupMember
from simulator import Simulator
from tests.eligibility.index.changes import change
from tests.eligibility.index.runs import SILENCE, Clock, killed_run, run
from tests.eligibility.index.world import expected, indexed

pytestmark = pytest.mark.django_db
KILLS = 25


@pytest.mark.slow
def test_after_each_of_many_kills_the_index_is_whole_and_then_right(simulated: Simulator) -> None:
    random, clock = Random("kills"), Clock()
    simulated.page_size = 3
    run(simulated, clock=clock)
    kills = 0
    while kills < KILLS:
        served = _of_one_refresh(indexed(at=clock()))
        groups = _groups()
        change(simulated.company, random)
        new = expected(simulated)
        while killed_run(simulated, at=random.randrange(500), clock=clock, is_full=True):
            kills += 1
            # A process may also die after its last write.
            assert _of_one_refresh(indexed(at=clock())) in (served, _of_one_refresh(new))
            for email, members in _groups().items():
                assert members in (groups.get(email), new["groups"].get(email), [])
            clock.pass_by(SILENCE)
        assert indexed(at=clock()) == new
        clock.pass_by(SILENCE)


def _of_one_refresh(content: dict[str, object]) -> dict[str, object]:
    """Return what one refresh stores as a whole: groups are replaced one by one, titles are shared."""
    return {name: found for name, found in content.items() if name not in ("groups", "roles")}


def _groups() -> dict[str, list[str]]:
    return {
        group.email: sorted(
            IndexedGroupMember.objects.filter(group=group).values_list("email", flat=True)
        )
        for group in IndexedGroup.objects.all()
    }
