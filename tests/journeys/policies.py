"""Activates access policies from the command line, as a deployment does."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command

Activate = Callable[..., str]


@pytest.fixture
def policy(tmp_path: Path, db: None) -> Activate:
    """Return a function that makes rules the active policy: each a flow mapping without braces, with its name."""

    def activate(*rules: str) -> str:
        listed = "".join(f"\n- {{{rule}}}" for rule in rules) or " []"
        file = tmp_path / "policy.yaml"
        file.write_text(f"version: 1\nrules:{listed}\n")
        return run("import", str(file), "--as-deployment")

    return activate


@pytest.fixture
def document(tmp_path: Path, db: None) -> Callable[[str], str]:
    """Return a function that makes a whole document the active policy."""

    def activate(text: str) -> str:
        file = tmp_path / "document.yaml"
        file.write_text(text)
        return run("import", str(file), "--as-deployment")

    return activate


def run(*arguments: str) -> str:
    """Run `manage.py access_policy`; return what it prints."""
    stdout = io.StringIO()
    call_command("access_policy", *arguments, stdout=stdout)
    return stdout.getvalue()
