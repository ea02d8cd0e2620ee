"""Lint in a real browser: a table that fits a phone, and commands that can be copied."""

from __future__ import annotations

import os
import subprocess

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import AsPerson
from tests.browser.demo import ROOT, Demo

INDEX = """
import datetime
import django
django.setup()
from simulator.seed import example_company
from tests.eligibility.indexed_world import index_of
company = example_company()
index_of(company, datetime.datetime.now(datetime.UTC))
"""


@pytest.fixture(scope="module")
def _indexed(demo: Demo) -> None:
    """Write the index of the demo's company into the demo's database."""
    database = demo.output.parent / "state/db.sqlite3"
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{database}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    subprocess.run(
        [ROOT / ".venv/bin/python", "-c", INDEX], cwd=ROOT, env=environment, check=True, timeout=60
    )


@pytest.mark.usefixtures("_indexed")
def test_findings_are_filtered_and_commands_copied(as_person: AsPerson) -> None:
    olga = as_person("olga", permissions=["clipboard-read", "clipboard-write"])
    olga.go("/admin/")
    olga.page.get_by_role("link", name="Lint").click()
    expect(olga.page.get_by_role("alert")).to_contain_text(
        "may grant a role without any activation"
    )
    assert olga.problems() == []
    olga.page.get_by_role("link", name="Show them").click()
    row = olga.page.get_by_role("row").filter(has_text="roles/dataproc.admin")
    row.get_by_role("button", name="Copy command").click()
    expect(row.get_by_role("status")).to_have_text("Copied")
    copied = olga.page.evaluate("navigator.clipboard.readText()")
    assert copied == row.locator("code").text_content()
    assert copied.startswith("gcloud projects remove-iam-policy-binding shop-staging ")
    olga.page.get_by_label("Finding").select_option("No reviewer")
    olga.page.get_by_role("button", name="Apply").click()
    expect(olga.page.get_by_role("alert")).to_be_visible()
    assert olga.problems() == []
