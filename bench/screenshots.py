"""Make the pictures of the documentation from the demo, with Chromium: ./run screenshots.

Starts the demo with its history, waits until that is complete, and writes docs/images/*.png.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser.demo import running_demo  # noqa: E402  # after the path

IMAGES = ROOT / "docs" / "images"
DESK, PHONE = (1280, 800), (390, 844)
SECONDS_FOR_HISTORY = 240
MOST_BYTES = 2_000_000


@dataclass(frozen=True)
class Picture:
    """One page, as one person sees it. A path that begins with `>` is the text of a link on `/reviews`."""

    name: str
    person: str
    path: str
    size: tuple[int, int] = DESK


PICTURES = (
    Picture("my-access", "alice", "/"),
    Picture("my-access-phone", "alice", "/", PHONE),
    Picture("roles", "alice", "/projects/shop-prod"),
    Picture("review", "soren.ostergaard", ">cloudsql.admin"),
    Picture("activity", "ines.garcia", "/activity"),
    Picture("overview", "olga", "/admin/"),
    Picture("history", "audrey", "/admin/activations/request/"),
    Picture("doctor", "olga", "/admin/doctor/"),
)


@contextmanager
def chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    arguments = ["--disable-gpu", "--hide-scrollbars"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


def wait_for_history(log: Path) -> None:
    """Wait until the history is complete.

    :raises SystemExit: when it is not in time.
    """
    deadline = time.monotonic() + SECONDS_FOR_HISTORY
    while not (log.exists() and " requests in " in log.read_text()):
        if time.monotonic() > deadline:
            raise SystemExit(f"The history is not complete. See {log}")
        time.sleep(0.5)


def open_page(page: Page, address: str, picture: Picture) -> None:
    """Open the page of a picture; run the doctor's checks on its page."""
    if picture.path.startswith(">"):
        page.goto(f"{address}/reviews")
        page.get_by_role("link", name=picture.path[1:]).first.click()
    else:
        page.goto(f"{address}{picture.path}")
    if picture.name == "doctor":
        page.get_by_role("button", name="Run checks").click()
    page.wait_for_load_state("load")


def take(browser: Browser, address: str, picture: Picture) -> int:
    """Take one picture, and return its size in bytes."""
    width, height = picture.size
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="en-GB", timezone_id="Europe/Berlin"
    )
    form = {"email": f"{picture.person}@example.com"}
    context.request.post(f"{address}/_gcp_iap/sign_in", form=form, max_redirects=0)
    page = context.new_page()
    page.set_default_timeout(60_000)
    open_page(page, address, picture)
    target = IMAGES / f"{picture.name}.png"
    page.screenshot(path=target, animations="disabled")
    context.close()
    return target.stat().st_size


def main() -> None:
    """Take all pictures.

    :raises SystemExit: when they are too large for the repository.
    """
    IMAGES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_demo(Path(folder), with_history=True) as demo,
        chromium() as browser,
    ):
        wait_for_history(Path(folder) / "state" / "history.log")
        sizes = {one.name: take(browser, demo.address, one) for one in PICTURES}
    for name, size in sizes.items():
        print(f"docs/images/{name}.png: {size // 1024} KiB")
    if sum(sizes.values()) > MOST_BYTES:
        raise SystemExit("The pictures are too large")


if __name__ == "__main__":
    main()
