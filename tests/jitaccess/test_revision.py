"""The revision of a build is shown beside the version."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from jitaccess.version import VERSION
from tests.conftest import PersonClient
from tests.jitaccess.start import Starter

pytestmark = pytest.mark.one_database


@pytest.mark.parametrize(
    ("revision", "release"),
    [("", VERSION), ("1a2b3c4", f"{VERSION} (1a2b3c4)"), ("v0.2.0-3+x", f"{VERSION} (v0.2.0-3+x)")],
)
def test_the_release_is_version_and_revision(revision: str, release: str, start: Starter) -> None:
    assert start(JITACCESS_REVISION=revision)["RELEASE"] == release


@pytest.mark.parametrize("revision", ["<b>", "two words", "x" * 65, "-x"])
def test_anything_else_is_refused(revision: str, start: Starter) -> None:
    with pytest.raises(ImproperlyConfigured, match="JITACCESS_REVISION"):
        start(JITACCESS_REVISION=revision)


@pytest.mark.django_db
def test_every_page_shows_it_and_strangers_do_not_learn_it(
    alice: PersonClient, olga: PersonClient, settings: Settings
) -> None:
    settings.RELEASE = "9.9.9 (1a2b3c4)"
    assert "JIT Access 9.9.9 (1a2b3c4)" in alice.get("/activity").content.decode()
    assert "JIT Access 9.9.9 (1a2b3c4)" in olga.get("/admin/").content.decode()
    assert b"9.9.9" not in alice.get("/health/ready").content
