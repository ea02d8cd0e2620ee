"""Builds the image's contents without Docker, by running the Dockerfile's steps in a folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from tests.architecture.repository import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()
DOCUMENTS = "googleapiclient/discovery_cache/documents/"
# A user who owns none of the files, as in the image.
STRANGER = 10001
# Anything else that a step needs would be missing in the image, too.
BARE = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


class Image:
    """A folder with the contents of /venv and /app."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.packages = folder / "packages"
        self.app = folder / "app"

    @property
    def environment(self) -> dict[str, str]:
        """Return the image's variables and its package path, because there is no virtual environment here."""
        said = dict(re.findall(r"(PYTHON\w+)=(\S+)", DOCKERFILE.split("\nFROM ")[-1]))
        return BARE | said | {"PYTHONPATH": str(self.packages)}

    def build(self) -> None:
        """Install, copy, collect and remove write access, as the Dockerfile does."""
        _install(self.packages)
        for name in copied():
            source = ROOT / name
            target = self.app / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)
        self.run("manage.py", "collectstatic", "--no-input", **values_while_building())
        self.run("-m", "compileall", "-q", str(self.app))
        _make_read_only(self.folder)

    def run(self, *arguments: str, **variables: str) -> None:
        """A step of the build.

        :raises subprocess.CalledProcessError: when it fails.
        """
        subprocess.run(
            [interpreter(), "-s", "-S", *arguments],
            cwd=self.app,
            env=self.environment | {"PYTHONDONTWRITEBYTECODE": ""} | variables,
            check=True,
            capture_output=True,
        )

    def start(self, **variables: str) -> subprocess.Popen[bytes]:
        """Run the server as an ordinary user, with only these variables."""
        return subprocess.Popen(
            [*as_stranger(), interpreter(), "-s", "-S", "-m", *command()],
            cwd=self.app,
            env=self.environment | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def files(self) -> set[str]:
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*")}

    def size(self) -> int:
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())


def command() -> list[str]:
    """Return the command that the image runs."""
    words = re.findall(r'"([^"]+)"', DOCKERFILE.rsplit("CMD", 1)[1])
    assert words[0] == "gunicorn"
    return words


def copied() -> list[str]:
    """Return the paths that the Dockerfile copies."""
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    return [name for line in lines for name in line.split() if name != "requirements.txt"]


def kept_documents() -> set[str]:
    """Return the descriptions of Google's APIs that the Dockerfile keeps."""
    return set(re.findall(r"! -name (\S+\.json)", DOCKERFILE))


def values_while_building() -> dict[str, str]:
    (line,) = re.findall(r"^RUN (RESOURCE_SCOPE=.*?) \\$", DOCKERFILE, re.MULTILINE)
    return dict(pair.split("=", 1) for pair in line.split())


def locked() -> list[str]:
    text = (ROOT / "requirements.txt").read_text()
    return re.findall(r"^([a-z0-9][\w.-]*)", text, re.MULTILINE)


def interpreter() -> str:
    """Return a Python that an ordinary user can run, of the version that the packages were installed for."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    candidates = [
        os.path.realpath(sys.executable),
        f"/usr/local/bin/{version}",
        f"/usr/bin/{version}",
    ]
    for candidate in candidates:
        if Path(candidate).exists() and (os.geteuid() != 0 or _is_open(Path(candidate))):
            return candidate
    raise FileNotFoundError(f"None of {candidates} can be run by an ordinary user")


def as_stranger() -> list[str]:
    """Return the prefix that drops root privileges; empty when not root."""
    if os.geteuid() != 0:
        return []
    return [
        "setpriv",
        f"--reuid={STRANGER}",
        f"--regid={STRANGER}",
        "--clear-groups",
        "--no-new-privs",
    ]


def _is_open(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in path.resolve().parents)


def _install(target: Path) -> None:
    """Copy the locked packages from the test environment."""
    for source, relative in _installed_files():
        place = target / relative
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, place)  # with its time, which byte code depends on


def _installed_files() -> Iterator[tuple[Path, str]]:
    kept = kept_documents()
    for name in locked():
        try:
            files = distribution(name).files or []
        except PackageNotFoundError:
            continue  # locked for another platform
        for file in files:
            relative, source = str(file), Path(str(file.locate()))
            is_document = relative.startswith(DOCUMENTS)
            if relative.startswith("..") or not source.is_file():
                continue
            if not is_document or file.name in kept:
                yield source, relative


def _make_read_only(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        path.chmod(path.stat().st_mode & ~0o222 | 0o444)
