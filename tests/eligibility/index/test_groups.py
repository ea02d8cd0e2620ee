"""Groups are read downwards, each as a whole, and not more often than necessary."""

from __future__ import annotations

from datetime import timedelta

import pytest

from eligibility.models import IncomingGroupMember, IndexedGroup, IndexedGroupMember, Refresh
from googlecloud.errors import Denied, Invalid
from simulator import Simulator
from tests.eligibility.index.runs import SILENCE, Clock, Killed, run
from tests.eligibility.index.world import expected, indexed

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
GROUP = "platform-oncall@example.com"


def members(email: str = GROUP) -> set[str]:
    return set(
        IndexedGroupMember.objects.filter(group__email=email).values_list("email", flat=True)
    )


def asked(simulated: Simulator) -> int:
    return len(simulated.calls.of("directory.members.list"))


def test_only_groups_below_eligible_bindings_are_read(simulated: Simulator) -> None:
    run(simulated)
    emails = set(IndexedGroup.objects.values_list("email", flat=True))
    assert "data-friends@example.com" in emails  # two levels down, in a circle
    assert "jit-admins@example.com" not in emails


@pytest.mark.parametrize(
    ("hours", "is_full", "is_read"), [(5, False, False), (6, False, True), (0, True, True)]
)
def test_groups_are_read_again_after_some_hours_or_when_all_are_wanted(
    simulated: Simulator, hours: int, is_full: bool, is_read: bool
) -> None:
    clock = Clock()
    run(simulated, clock=clock)
    simulated.company.join(GROUP, "carol@example.com")
    clock.pass_by(timedelta(hours=hours, seconds=1))
    simulated.calls.clear()
    run(simulated, clock=clock, is_full=is_full)
    assert bool(asked(simulated)) is is_read
    assert ("carol@example.com" in members()) is is_read


def test_a_new_group_inside_is_read_with_the_group_that_names_it(simulated: Simulator) -> None:
    run(simulated)
    simulated.company.add_group("night-shift@example.com", ["carol@example.com"])
    simulated.company.join(GROUP, "night-shift@example.com")
    run(simulated, is_full=True)
    assert indexed() == expected(simulated)
    assert members("night-shift@example.com") == {"carol@example.com"}


@pytest.mark.parametrize("status", [403, 404])
def test_a_group_that_cannot_be_read_is_dropped_with_a_warning(
    simulated: Simulator, status: int
) -> None:
    run(simulated)
    simulated.faults.add(
        "directory.members.list", status=status, times=None, when=lambda call: GROUP in call.path
    )
    row = run(simulated, is_full=True)
    assert row is not None
    assert row.status == Refresh.Status.COMPLETE
    assert members() == set()
    group = IndexedGroup.objects.get(email=GROUP)
    assert not group.is_readable
    assert group.warning in row.warnings
    simulated.faults.clear()
    run(simulated, is_full=True)
    assert indexed() == expected(simulated)
    assert IndexedGroup.objects.get(email=GROUP).warning == ""


@pytest.mark.parametrize("fault", [{"status": 429}, {"status": 503}, {"close": "before"}])
def test_while_google_is_in_trouble_the_old_members_stay(
    simulated: Simulator, no_retry_delay: object, fault: dict[str, object]
) -> None:
    run(simulated)
    before = members()
    simulated.company.join(GROUP, "carol@example.com")
    simulated.faults.add(
        "directory.members.list",
        times=None,
        when=lambda call: GROUP in call.path,
        **fault,  # type: ignore[arg-type]
    )
    row = run(simulated, is_full=True)
    assert row is not None
    assert row.status == Refresh.Status.COMPLETE
    assert members() == before
    assert any(GROUP in warning for warning in row.warnings)
    simulated.faults.clear()
    run(simulated, is_full=True)
    assert indexed() == expected(simulated)


def test_when_no_group_can_be_read_google_is_not_asked_for_each(
    simulated: Simulator, no_retry_delay: object
) -> None:
    for number in range(40):
        email = f"team{number}@example.com"
        simulated.company.add_group(email, ["alice@example.com"])
        simulated.company.join(GROUP, email)
    run(simulated)
    simulated.faults.add("directory.*", status=503, times=None)
    simulated.calls.clear()
    row = run(simulated, is_full=True)
    assert row is not None
    assert row.status == Refresh.Status.COMPLETE
    assert len({call.path for call in simulated.calls.of("directory.members.list")}) <= 5
    assert indexed() == expected(simulated)


def test_a_large_group_is_replaced_only_when_all_its_pages_are_there(
    simulated: Simulator,
) -> None:
    run(simulated)
    before = members()
    people = {f"person{number}@example.com" for number in range(450)}
    for email in people:
        simulated.company.join(GROUP, email)
    clock = Clock()
    for aside in (200, 400):

        def die(_: Refresh, aside: int = aside) -> None:
            if IncomingGroupMember.objects.count() == aside:
                raise Killed

        with pytest.raises(Killed):
            run(simulated, clock=clock, is_full=True, progress=die)
        assert members() == before
        clock.pass_by(SILENCE)
    run(simulated, clock=clock, is_full=True)
    assert members() == before | people
    assert IncomingGroupMember.objects.count() == 0
    assert indexed() == expected(simulated)


def test_several_large_groups_are_read_one_after_the_other(simulated: Simulator) -> None:
    simulated.page_size = 2
    run(simulated)
    assert indexed() == expected(simulated)


def test_a_page_token_of_a_group_may_expire(simulated: Simulator) -> None:
    for number in range(250):
        simulated.company.join(GROUP, f"person{number}@example.com")
    fault = simulated.faults.add(
        "directory.members.list", status=400, when=lambda call: "pageToken" in call.params
    )
    run(simulated)
    assert fault.hits == 1
    assert indexed() == expected(simulated)


def test_an_account_that_google_does_not_accept_stops_the_refresh(
    simulated: Simulator, no_retry_delay: object
) -> None:
    run(simulated)
    before = indexed()
    simulated.faults.add("cloudasset.search*", status=403, times=None)
    with pytest.raises(Denied):
        run(simulated)
    assert indexed() == before


@pytest.mark.parametrize(("status", "is_kept"), [(503, True), (404, False)])
def test_a_large_group_that_fails_half_way_is_not_served_half(
    simulated: Simulator, no_retry_delay: object, status: int, is_kept: bool
) -> None:
    run(simulated)
    before = members()
    for number in range(450):
        simulated.company.join(GROUP, f"person{number}@example.com")
    simulated.faults.add(
        "directory.members.list",
        status=status,
        times=None,
        after=1,
        when=lambda call: "pageToken" in call.params,
    )
    row = run(simulated, is_full=True)
    assert row is not None
    assert row.status == Refresh.Status.COMPLETE
    assert members() == (before if is_kept else set())


def test_a_page_token_that_always_expires_stops_the_refresh(simulated: Simulator) -> None:
    for number in range(250):
        simulated.company.join(GROUP, f"person{number}@example.com")
    simulated.faults.add(
        "directory.members.list",
        status=400,
        times=None,
        when=lambda call: "pageToken" in call.params,
    )
    with pytest.raises(Invalid):
        run(simulated)
    simulated.faults.clear()
    run(simulated)
    assert indexed() == expected(simulated)
