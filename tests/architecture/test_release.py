"""A release has one version, and everything that names it agrees."""

from __future__ import annotations

import re
import subprocess
import tomllib

from jitaccess.version import VERSION
from tests.architecture.repository import ROOT

NAMED = re.compile(r"/jitaccess:(\d+\.\d+\.\d+)")


def test_the_changelog_begins_with_this_version() -> None:
    sections = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    versions = [section.split()[0] for section in sections if section != "Unreleased"]
    assert versions[0] == VERSION
    newest_first = sorted(versions, key=lambda text: [*map(int, text.split("."))], reverse=True)
    assert versions == newest_first


def test_the_version_has_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert "version" not in project
    assert project["dynamic"] == ["version"]


def test_examples_name_this_version() -> None:
    texts = [
        (ROOT / name).read_text()
        for name in ("docs/deploy-cloud-run.md", "deploy/terraform/examples/cloudrun/main.tf")
    ]
    assert {found for text in texts for found in NAMED.findall(text)} == {VERSION}


def test_what_is_deployed_is_a_copy_that_git_and_uploads_ignore() -> None:
    for name in (".gitignore", ".gcloudignore"):
        assert "app.deployed.yaml" in (ROOT / name).read_text().splitlines()
    for name in ("deploy-app-engine", "upgrade", "moving-from-the-original"):
        page = (ROOT / f"docs/{name}.md").read_text()
        assert "gcloud app deploy app.yaml" not in page
        assert "app.deployed.yaml" in page
    ignored = subprocess.run(
        ["git", "check-ignore", "app.deployed.yaml"], cwd=ROOT, check=False, capture_output=True
    )
    assert ignored.returncode == 0
