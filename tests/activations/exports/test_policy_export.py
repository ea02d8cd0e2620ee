"""The export of access policies contains every version and what became of it."""

from __future__ import annotations

from typing import Any

import pytest

from activations.models import Event
from tests.activations.admin.reading import csv_rows, json_rows
from tests.conftest import PersonClient
from tests.journeys.approvals import pending_request
from tests.journeys.policies import Activate, policy  # noqa: F401  # a fixture

ADDRESS = "/admin/access-policy-export/"


def test_all_versions_with_their_texts(
    policy: Activate,  # noqa: F811  # the fixture
    audrey: PersonClient,
) -> None:
    policy()
    policy("name: short, when: {roles: [roles/browser]}, require: {duration: {max: 30m}}")
    first, second = json_rows(audrey.post(ADDRESS, {"format": "jsonl"}))
    assert (first["state"], second["state"]) == ("REPLACED", "ACTIVE")
    assert first["replaced_at"] == second["decided_at"]
    assert "roles/browser" in second["text"]
    rows = csv_rows(audrey.post(ADDRESS, {"format": "csv"}))
    assert [row["policy_sha256"] for row in rows] == [
        first["policy_sha256"],
        second["policy_sha256"],
    ]
    event = Event.objects.filter(kind="history.exported").latest("sequence")
    assert (event.details["columns"], event.details["rows"]) == ("policy_versions-1", 2)


@pytest.mark.parametrize("name", ["alice", "bob", "charlie"])
def test_others_cannot_export_policies(person: Any, name: str) -> None:
    pending_request(person("alice@example.com"))  # so that Bob may enter the admin, for his queue
    assert person(f"{name}@example.com").post(ADDRESS, {"format": "csv"}).status_code == 403


def test_a_format_is_needed(audrey: PersonClient) -> None:
    assert audrey.post(ADDRESS, {}).status_code == 400
    assert audrey.get(ADDRESS).status_code == 405
