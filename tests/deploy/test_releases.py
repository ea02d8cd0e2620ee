"""What a release consists of: licences, the list of packages, the base image, the commands that make them."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from jitaccess.version import VERSION
from tests.architecture.repository import ROOT
from tests.deploy.image import locked
from tests.deploy.licences import ACCEPTED, licences, listed

DOCKERFILE = (ROOT / "Dockerfile").read_text()
BASE = re.compile(r"^FROM (python:3\.\d+-slim)@(sha256:[0-9a-f]{64})(?: AS \w+)?$", re.MULTILINE)
NEWER = "sha256:" + "ab" * 32


def run(
    *arguments: str, folder: Path = ROOT, path: str = "/usr/bin:/bin"
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/bash", folder / "run", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": path},
    )


# Policy


def test_the_policy_names_a_deadline_for_each_severity() -> None:
    text = (ROOT / "SECURITY.md").read_text()
    rows = re.findall(r"^\| (\w+) \|.*\| (\d+) days \|$", text, re.MULTILINE)
    assert [name for name, _ in rows] == ["critical", "high", "medium", "low"]
    days = [int(number) for _, number in rows]
    assert days == sorted(days)


def test_the_page_of_releases_names_every_command_that_makes_one() -> None:
    page = (ROOT / "docs/release.md").read_text()
    assert {"test", "lock", "sbom", "audit", "image"} <= set(re.findall(r"\./run (\w+)", page))


# Licences


def test_the_licence_has_no_placeholders() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert re.findall(r"\[(?:yyyy|name of [^]]*)\]", text) == []
    assert "Copyright 2026 The authors of JIT Access on Django" in text


def test_the_notice_lists_every_package_with_its_licence() -> None:
    """To correct the list: python -m tests.deploy.licences."""
    assert len(listed()) > 40
    assert licences().items() <= listed().items()
    assert set(listed()) - set(locked()) == set()


def test_every_licence_was_accepted() -> None:
    assert {name: text for name, text in licences().items() if text not in ACCEPTED} == {}


def test_the_image_contains_licence_and_notice() -> None:
    (copied,) = re.findall(r"^COPY manage\.py (.*) \./$", DOCKERFILE, re.MULTILINE)
    assert {"LICENSE", "NOTICE"} <= set(copied.split())


# The list of packages


def test_the_list_of_packages_is_the_lock_in_cyclonedx(tmp_path: Path) -> None:
    copy = repository(tmp_path)
    done = run("sbom", folder=copy)
    assert done.returncode == 0, done.stderr
    found = json.loads((copy / "sbom.cdx.json").read_text())
    assert (found["bomFormat"], found["metadata"]["component"]["version"]) == ("CycloneDX", VERSION)
    assert {each["name"] for each in found["components"]} == set(locked())
    hashes = {
        each["content"]
        for component in found["components"]
        for reference in component["externalReferences"]
        for each in reference.get("hashes", ())
    }
    lock = (ROOT / "requirements.txt").read_text()
    assert hashes == set(re.findall(r"--hash=sha256:([0-9a-f]{64})", lock))


def test_the_list_of_packages_is_not_tracked() -> None:
    ignored = subprocess.run(["git", "check-ignore", "-q", "sbom.cdx.json"], cwd=ROOT, check=False)
    assert ignored.returncode == 0


def repository(folder: Path) -> Path:
    """Return a copy of the files that the commands read, with this environment."""
    (folder / "jitaccess").mkdir()
    for name in (
        *("run", "pyproject.toml", "requirements.txt", "requirements-dev.txt"),
        *("Dockerfile", "jitaccess/version.py"),
    ):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    (folder / ".venv").symlink_to((ROOT / ".venv").resolve())
    return folder


# Known vulnerabilities


def package(**more: Any) -> dict[str, Any]:
    return {"name": "django", "version": "5.2.1", "vulns": [], **more}


FOUND = {"id": "PYSEC-2026-1", "fix_versions": ["5.2.2"], "aliases": []}


@pytest.mark.parametrize(
    ("dependencies", "status", "said"),
    [
        ([package()], 0, "No vulnerability is known in 1 packages."),
        ([package(vulns=[FOUND])], 1, "django 5.2.1: PYSEC-2026-1, fixed in 5.2.2"),
        ([package(), {"name": "a", "skip_reason": "no data"}], 2, "Not looked up: 1 packages."),
        ([{"name": "a", "skip_reason": "no data"}, package(vulns=[FOUND])], 1, "PYSEC-2026-1"),
        (None, 2, "Not looked up: all packages."),
    ],
)
def test_an_audit_without_data_is_no_success(
    tmp_path: Path, dependencies: list[dict[str, Any]] | None, status: int, said: str
) -> None:
    report = tmp_path / "report.json"
    report.write_text("" if dependencies is None else json.dumps({"dependencies": dependencies}))
    script = (ROOT / "run").read_text().rsplit("# ----", 1)[0]
    copy = repository(tmp_path)
    (copy / "judge").write_text(f"{script}\njudge_audit {report}\n")
    done = subprocess.run(
        ["/bin/bash", copy / "judge"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, said in done.stdout + done.stderr) == (status, True)


# The image


def test_the_base_image_is_named_by_tag_and_digest() -> None:
    lines = re.findall(r"^FROM .*$", DOCKERFILE, re.MULTILINE)
    assert len(BASE.findall(DOCKERFILE)) == len(lines) == 2
    assert len(set(BASE.findall(DOCKERFILE))) == 1


def test_without_docker_the_command_says_so(tmp_path: Path) -> None:
    (tmp_path / "dirname").symlink_to("/usr/bin/dirname")
    done = run("image", path=str(tmp_path))
    assert (done.returncode, "Docker is not installed here" in done.stderr) == (1, True)


def docker(folder: Path, script: str) -> str:
    """Return a path with a program that takes the place of Docker and writes down its arguments."""
    (folder / "bin").mkdir()
    program = folder / "bin/docker"
    program.write_text(f'#!/bin/bash\necho "$*" >>{folder}/calls\n{script}\n')
    program.chmod(0o755)
    return f"{folder / 'bin'}{os.pathsep}/usr/bin:/bin"


def test_without_an_engine_the_command_says_so(tmp_path: Path) -> None:
    done = run("image", path=docker(tmp_path, "exit 1"))
    assert (done.returncode, "its engine does not answer" in done.stderr) == (1, True)


def test_the_image_is_built_as_the_dockerfile_says_with_version_and_revision(
    tmp_path: Path,
) -> None:
    done = run("image", path=docker(tmp_path, "exit 0"))
    assert done.returncode == 0, done.stderr
    *_, build = (tmp_path / "calls").read_text().splitlines()
    assert re.fullmatch(
        r"build --platform linux/amd64 --build-arg JITACCESS_REVISION=[0-9a-f]+ "
        rf"--tag jitaccess:{re.escape(VERSION)} \.",
        build,
    )


def test_renewing_takes_the_digest_that_the_registry_names(tmp_path: Path) -> None:
    copy = repository(tmp_path)
    path = docker(tmp_path, f"[[ $1 == buildx ]] && echo {NEWER}; exit 0")
    done = run("image", "--renew", folder=copy, path=path)
    assert done.returncode == 0, done.stderr
    assert {digest for _, digest in BASE.findall((copy / "Dockerfile").read_text())} == {NEWER}
    assert "imagetools inspect python:3.13-slim " in (tmp_path / "calls").read_text()
    assert sorted(path.name for path in copy.glob("Dockerfile*")) == ["Dockerfile"]


@pytest.mark.parametrize("answer", ["exit 1", "echo not-a-digest"])
def test_an_answer_without_a_digest_changes_nothing(tmp_path: Path, answer: str) -> None:
    copy = repository(tmp_path)
    done = run("image", "--renew", folder=copy, path=docker(tmp_path, answer))
    assert done.returncode == 1
    assert (copy / "Dockerfile").read_text() == DOCKERFILE
