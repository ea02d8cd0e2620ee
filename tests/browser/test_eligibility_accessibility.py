"""The pages of eligibility in the admin, with an index, pass axe's rules in every look."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.browser.conftest import AsPerson
from tests.browser.demo import ROOT, Demo

LIST = "/admin/activations/eligiblemember/"
PAGES = {
    "overview with a tile": "/admin/",
    "who may activate what": LIST,
    "a filter that cannot be read": f"{LIST}?person=alice",
    "a group": f"{LIST}group/?email=sre@example.com",
    "the export": f"{LIST}export/?type=JIT",
    "the index": "/admin/eligibility-index/",
}


@pytest.fixture(scope="module")
def indexed(demo: Demo) -> None:
    """Give the demo an index, from another process, because Playwright's thread cannot use the database."""
    database = demo.output.parent / "state/db.sqlite3"
    settings = {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": f"sqlite:///{database}",
    }
    subprocess.run(
        [sys.executable, "-m", "tests.browser.fill_index"],
        cwd=ROOT,
        env=os.environ | settings,
        check=True,
    )


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.usefixtures("indexed")
def test_a_page_of_eligibility_is_accessible_in_every_look(as_person: AsPerson, name: str) -> None:
    visitor = as_person("audrey")
    visitor.go(PAGES[name])
    assert visitor.problems() == []
