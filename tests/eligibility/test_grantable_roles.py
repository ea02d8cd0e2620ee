"""Whether a role can be granted on a project: yes, no, or not known before the write."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from eligibility import grantable_roles
from eligibility.grantable_roles import GrantableRoles
from googlecloud.cloud import Cloud
from simulator import Simulator
from tests.eligibility.conftest import Clock

SHOP, BROWSER = "shop-prod", "roles/browser"
OWN, FOREIGN = "projects/shop-prod/roles/deployer", "projects/payroll/roles/clerk"


@pytest.fixture
def roles(cloud: Cloud, clock: Clock) -> GrantableRoles:
    return GrantableRoles(cloud, clock)


def query_requests(sim: Simulator) -> int:
    return len(sim.calls.of("iam.roles.queryGrantableRoles"))


def test_roles_that_projects_support_and_those_that_they_do_not(roles: GrantableRoles) -> None:
    assert roles.is_grantable(SHOP, BROWSER) is True
    assert roles.is_grantable(SHOP, "roles/billing.admin") is False
    assert roles.is_grantable(SHOP, "roles/no.such.role") is False


def test_custom_roles(sim: Simulator, roles: GrantableRoles) -> None:
    sim.company.bind(SHOP, OWN, "user:alice@example.com")
    sim.company.bind(SHOP, "organizations/7/roles/auditor", "user:alice@example.com")
    sim.company.bind("payroll", FOREIGN, "user:alice@example.com")
    assert roles.is_grantable(SHOP, OWN) is True
    assert roles.is_grantable(SHOP, "organizations/7/roles/auditor") is True
    assert roles.is_grantable(SHOP, FOREIGN) is False


@pytest.mark.parametrize(
    "role",
    [OWN, "organizations/7/roles/newer", "projects/200000000001/roles/deployer"],
)
def test_a_custom_role_that_is_not_listed_may_exist(roles: GrantableRoles, role: str) -> None:
    assert roles.is_grantable(SHOP, role) is None


def test_custom_roles_of_other_projects_need_no_call(sim: Simulator, roles: GrantableRoles) -> None:
    roles.is_grantable(SHOP, FOREIGN)
    assert query_requests(sim) == 0


def test_the_roles_of_a_project_are_read_once_an_hour(
    sim: Simulator, roles: GrantableRoles, clock: Clock
) -> None:
    for role in (BROWSER, "roles/owner", "roles/billing.admin", OWN):
        roles.is_grantable(SHOP, role)
    clock.sleep(3599)
    roles.is_grantable(SHOP, BROWSER)
    assert query_requests(sim) == 1
    roles.is_grantable("payroll", BROWSER)
    assert query_requests(sim) == 2
    clock.sleep(1)
    roles.is_grantable(SHOP, BROWSER)
    assert query_requests(sim) == 3


@pytest.mark.parametrize("status", [403, 404, 429, 500, 503])
def test_without_an_answer_of_iam_the_write_decides(
    sim: Simulator,
    roles: GrantableRoles,
    clock: Clock,
    status: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    fault = sim.faults.add("iam.*", status=status, message="Not now.", times=None)
    before = clock.now
    assert roles.is_grantable(SHOP, "roles/no.such.role") is None
    assert clock.now - before < 5
    (entry,) = [record for record in caplog.records if record.name == grantable_roles.__name__]
    assert "roles can be granted on shop-prod" in entry.getMessage()
    assert "Not now." in entry.getMessage()
    calls = query_requests(sim)
    clock.sleep(30)
    assert roles.is_grantable(SHOP, BROWSER) is None
    assert query_requests(sim) == calls
    fault.times = 0
    clock.sleep(30)
    assert roles.is_grantable(SHOP, "roles/no.such.role") is False


def test_the_check_has_a_short_time_limit(
    sim: Simulator, roles: GrantableRoles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grantable_roles, "PATIENCE_SECONDS", 0.1)
    sim.faults.add("iam.*", hang=3, times=None)
    started = time.monotonic()
    assert roles.is_grantable(SHOP, BROWSER) is None
    assert time.monotonic() - started < 2


def test_an_invalid_project_id_is_left_to_the_write(roles: GrantableRoles) -> None:
    assert roles.is_grantable("no/project", BROWSER) is None


def test_threads_that_check_the_same_project_share_one_call(
    sim: Simulator, roles: GrantableRoles
) -> None:
    sim.latency = 0.2
    start = Barrier(8)

    def ask(project_id: str) -> bool | None:
        start.wait(timeout=10)
        return roles.is_grantable(project_id, BROWSER)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, [SHOP, "payroll"] * 4))
    assert answers == [True] * 8
    assert query_requests(sim) == 2


def test_an_unexpected_error_reaches_all_waiting_threads_and_is_not_cached(clock: Clock) -> None:
    class Broken:
        calls = 0

        @property
        def iam_roles(self) -> "Broken":
            return self

        def grantable(self, project_id: str, *, deadline: object = None) -> frozenset[str]:
            self.calls += 1
            raise RuntimeError("bug")

    broken = Broken()
    roles = GrantableRoles(broken, clock)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="bug"):
            roles.is_grantable(SHOP, BROWSER)
    assert broken.calls == 2


@pytest.fixture
def at_most_three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grantable_roles, "MOST_KEPT", 3)


def test_the_cache_is_bounded_and_shared(
    sim: Simulator, cloud: Cloud, clock: Clock, at_most_three: None
) -> None:
    roles = GrantableRoles(cloud, clock)
    for project_id in (SHOP, "payroll", "billing-prod", "shop-staging"):
        roles.is_grantable(project_id, BROWSER)
    sets = {id(roles._listed(name).predefined) for name in ("payroll", "billing-prod")}
    assert len(sets) == 1
    assert query_requests(sim) == 4
    roles.is_grantable(SHOP, BROWSER)
    assert query_requests(sim) == 5
