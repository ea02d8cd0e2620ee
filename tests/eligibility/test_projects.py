"""The list of projects is complete, cached for some minutes and read by one thread at a time."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event

import pytest

from eligibility.projects import ProjectDirectory
from googlecloud.cloud import Cloud
from googlecloud.errors import Unavailable
from simulator import Simulator
from tests.eligibility.conftest import Clock

SEARCH = "cloudresourcemanager.projects.search"


@dataclass(frozen=True)
class Listed:
    project_id: str
    number: str = ""
    display_name: str = ""


class Source:
    """A source of projects that blocks until the test lets it answer."""

    def __init__(self, *ids: str) -> None:
        self.ids = ids
        self.asked = 0
        self.is_asked = Event()
        self.may_answer = Event()
        self.may_answer.set()
        self.error: Exception | None = None

    def search_projects(self, *, query: str) -> Iterator[Listed]:
        assert query == "state:ACTIVE"
        self.asked += 1
        self.is_asked.set()
        assert self.may_answer.wait(10)
        if self.error:
            raise self.error
        return map(Listed, self.ids)


def directory(source: Source, clock: Clock) -> ProjectDirectory:
    return ProjectDirectory(source, query="state:ACTIVE", clock=clock)


@pytest.fixture
def listed(cloud: Cloud, clock: Clock) -> ProjectDirectory:
    return ProjectDirectory(cloud.resource_manager, query="state:ACTIVE", clock=clock)


def test_all_pages_are_read_and_sorted(sim: Simulator, listed: ProjectDirectory) -> None:
    sim.page_size, sim.empty_pages = 2, True
    found = listed.project_ids()
    assert {"shop-prod", "payroll", "example.com:legacy-crm"} <= set(found)
    assert "retired-blog" not in found
    assert list(found) == sorted(set(found))


def test_the_list_is_cached_for_five_minutes(
    sim: Simulator, listed: ProjectDirectory, clock: Clock
) -> None:
    listed.project_ids()
    sim.company.add_project("brand-new")
    clock.sleep(299)
    assert "brand-new" not in listed.project_ids()
    clock.sleep(1)
    assert "brand-new" in listed.project_ids()
    assert len(sim.calls.of(SEARCH)) == 2


def test_a_failure_is_reported_and_not_cached(sim: Simulator, listed: ProjectDirectory) -> None:
    fault = sim.faults.add(SEARCH, status=503, times=None)
    with pytest.raises(Unavailable):
        listed.project_ids()
    fault.times = 0
    assert listed.project_ids()


def test_during_an_outage_the_last_list_is_used_for_an_hour(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    source = Source("a", "b")
    projects = directory(source, clock)
    projects.project_ids()
    source.error = Unavailable("Google is down.")
    clock.sleep(3599)
    with caplog.at_level(logging.WARNING):
        assert projects.project_ids() == ("a", "b")
    assert "Google is down." in caplog.text
    clock.sleep(1)
    with pytest.raises(Unavailable):
        projects.project_ids()


def test_one_thread_reads_while_the_first_callers_wait(clock: Clock) -> None:
    source = Source("a")
    source.may_answer.clear()
    projects = directory(source, clock)
    with ThreadPoolExecutor(4) as threads:
        answers = [threads.submit(projects.project_ids) for _ in range(4)]
        assert source.is_asked.wait(10)
        source.may_answer.set()
        assert {answer.result(10) for answer in answers} == {("a",)}
    assert source.asked == 1


def test_one_thread_reloads_while_others_get_the_last_list(clock: Clock) -> None:
    source = Source("a")
    projects = directory(source, clock)
    projects.project_ids()
    clock.sleep(300)
    source.ids = ("b",)
    source.is_asked.clear()
    source.may_answer.clear()
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(projects.project_ids)
        assert source.is_asked.wait(10)
        assert projects.project_ids() == ("a",)
        source.may_answer.set()
        assert slow.result(10) == ("b",)
    assert projects.project_ids() == ("b",)


def test_a_failure_reaches_all_waiting_threads(clock: Clock) -> None:
    source = Source()
    source.may_answer.clear()
    source.error = RuntimeError("a mistake of ours")
    projects = directory(source, clock)
    with ThreadPoolExecutor(2) as threads:
        answers = [threads.submit(projects.project_ids) for _ in range(2)]
        assert source.is_asked.wait(10)
        source.may_answer.set()
        for answer in answers:
            with pytest.raises(RuntimeError, match="a mistake of ours"):
                answer.result(10)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("shop", ("shop", "shop-prod", "old-shop")),
        (" SHOP-P ", ("shop-prod",)),
        ("p", ("payroll", "example.com:p1", "old-shop")),
        ("zzz", ()),
        ("", ("example.com:p1", "old-shop", "payroll")),
    ],
)
def test_a_search_lists_ids_that_start_with_the_text_first(
    clock: Clock, text: str, found: tuple[str, ...]
) -> None:
    source = Source("shop-prod", "old-shop", "shop", "payroll", "example.com:p1")
    assert directory(source, clock).search(text, limit=3) == found


def test_a_search_returns_at_most_a_hundred_projects(clock: Clock) -> None:
    projects = directory(Source(*(f"project-{n:05}" for n in range(50_000))), clock)
    assert projects.search("9") == tuple(n for n in projects.project_ids() if "9" in n)[:100]
