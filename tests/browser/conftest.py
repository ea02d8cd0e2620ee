"""Starts the demo and Chromium once, with a new browser context for each person."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.demo import ROOT, Demo, running_demo
from tests.browser.visitor import Visitor

ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    # Rendering on the CPU is faster than a simulated graphics card.
    "--disable-gpu",
    "--disable-extensions",
    # Pages and the browser itself can reach only this computer.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]
PATIENCE = 10_000  # milliseconds; the machine may be busy

AsPerson = Callable[..., Visitor]
VISITORS = pytest.StashKey[list[Visitor]]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(ROOT / "tests/browser"):
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to a failure what each person saw: it may not happen again."""
    report = yield
    if report.failed and call.when == "call":
        report.sections += [
            (f"Page {visitor.path()}", visitor.seen()) for visitor in item.stash.get(VISITORS, [])
        ]
    return report


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Start the demo; requires the environment of ./run, because the demo would otherwise reinstall it."""
    if not (ROOT / ".venv/.installed").exists():
        pytest.fail(
            "Browser tests need the environment that ./run creates: ./run pytest tests/browser"
        )
    with ExitStack() as stack:
        # One at a time, because each start updates the static files of this folder.
        with (tmp_path_factory.getbasetemp().parent / "demo.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            started = stack.enter_context(running_demo(tmp_path_factory.mktemp("demo")))
        yield started


# For the package, not the session: while Playwright runs, Django treats this thread as asynchronous.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not path:
        pytest.fail("Chromium is missing. On Debian: apt-get install chromium")
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *root])
        yield browser
        browser.close()


@pytest.fixture
def as_person(request: pytest.FixtureRequest, chromium: Browser, demo: Demo) -> Iterator[AsPerson]:
    """Signs a person in: `as_person("alice")`; options are those of a browser context.

    `as_person(None)` is somebody at the front door, who has not said yet who they are.
    """
    visitors = request.node.stash[VISITORS] = []

    def sign_in(name: str | None, **options: Any) -> Visitor:
        context = chromium.new_context(locale="en-GB", timezone_id="Europe/Berlin", **options)
        context.set_default_timeout(PATIENCE)
        visitor = Visitor(context, demo.address)
        visitors.append(visitor)
        if name:
            visitor.sign_in(f"{name}@example.com")
        return visitor

    yield sign_in
    for visitor in visitors:
        visitor.check()
        visitor.page.context.close()
