"""Pytest plugin of the gate: fails on unlisted skips, selects tests for PostgreSQL, starts slow tests first."""

from __future__ import annotations

import gc
import os

import pytest

EVALUATES = "it needs Terraform, which the gate does not install, to evaluate expressions"
# Tests that may be skipped in the gate, by node id, with the reason.
MAY_BE_SKIPPED: dict[str, str] = {
    "tests/deploy/test_terraform.py::test_files_are_formatted_as_terraform_formats_them": (
        "it needs Terraform, which the gate does not install; the format changes nothing that is deployed"
    ),
    "tests/deploy/test_eligible_roles.py::test_conditions_make_people_eligible": EVALUATES,
    "tests/deploy/test_eligible_roles.py::test_values_that_would_grant_or_do_nothing_are_refused": (
        EVALUATES
    ),
}

DATABASE_FIXTURES = frozenset(
    {
        "db",
        "transactional_db",
        "django_db_reset_sequences",
        "django_db_serialized_rollback",
        "live_server",
    }
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database-only", action="store_true", help="Run only tests that depend on the database."
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--database-only"):
        left_out = [item for item in items if not depends_on_the_database(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if depends_on_the_database(item)]
    items[:] = slow_ones_first(items, shares=int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def slow_ones_first(items: list[pytest.Item], *, shares: int) -> list[pytest.Item]:
    """Return the tests ordered so that the share of each worker begins with slow tests.

    `--dist worksteal` gives consecutive tests to each worker. A slow test at the end would keep one
    worker busy while the others are idle.
    """
    slow = [item for item in items if item.get_closest_marker("slow")]
    quick = [item for item in items if not item.get_closest_marker("slow")]
    ordered: list[pytest.Item] = []
    for number in range(shares):
        end = len(items) * (number + 1) // shares
        ordered += slow[number::shares]
        ordered += [quick.pop() for _ in range(min(end - len(ordered), len(quick)))]
    return ordered + quick


def depends_on_the_database(item: pytest.Item) -> bool:
    if item.get_closest_marker("postgresql"):
        return True
    if item.get_closest_marker("one_database"):
        return False
    fixtures = frozenset(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or not DATABASE_FIXTURES.isdisjoint(
        fixtures
    )


class SkipCount:
    """Fails a successful run in which a test was skipped that is not listed."""

    def __init__(self) -> None:
        self.skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and report.nodeid.partition("[")[0] not in MAY_BE_SKIPPED:
            self.skipped.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.skipped.append(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.skipped and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for nodeid in self.skipped:
            terminalreporter.write_line(
                f"SKIPPED, which the gate does not allow: {nodeid}", red=True
            )


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(SkipCount(), "gate-skip-count")
    gc.disable()


def pytest_collection_finish() -> None:
    """Collect garbage among what tests make only, and less often: thousands of collected tests stay."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()
