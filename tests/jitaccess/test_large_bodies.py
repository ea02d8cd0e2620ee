"""Large bodies and files are refused before anything is read or stored."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.conftest import PersonClient

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.mark.parametrize("path", ["/activate", "/api/projects", "/admin/", "/cron/expire"])
def test_a_large_body_is_refused_before_anybody_is_asked_who_they_are(path: str) -> None:
    answer = Client().post(path, data=b"x", content_type="text/plain", CONTENT_LENGTH="2000000")
    assert answer.status_code == 413


def test_a_file_is_refused_and_leaves_nothing_on_the_disk(
    alice: PersonClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    file = SimpleUploadedFile("large.bin", b"x" * 900_000)
    answer = alice.post("/activate", {"justification": "CASE-1", "file": file})
    assert answer.status_code == 400
    assert list(tmp_path.iterdir()) == []


def test_a_form_without_files_may_be_multipart(alice: PersonClient) -> None:
    answer = alice.post("/activate", {"projectId": "shop-prod", "justification": "CASE-1"})
    assert "cannot be processed" not in answer.content.decode()
