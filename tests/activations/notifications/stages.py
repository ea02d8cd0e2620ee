"""A rule with two stages, and requests that were made under it, as rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from activations.models import Request
from policies.document.reading import digest
from policies.models import PolicyVersion
from tests.activations.notifications.rows import NOW, mpa_request

LEADS = ("bob@example.com", "carol@example.com")
DOCUMENT = """version: 1
rules:
- name: production
  require:
    approval:
      stages:
      - {from: ["group:leads@example.com"], count: 2}
      - {from: [peers, "group:security@example.com"], count: 1}
      answer_within: 4h
      remind_after: 30m
      escalate: {after: 1h, to: ["group:duty@example.com"]}
"""


def version(text: str = DOCUMENT) -> str:
    """Store a version of the access policy; return its hash."""
    made, _ = PolicyVersion.objects.get_or_create(
        sha256=digest(text),
        defaults={"text": text, "author_email": "olga@example.com", "created_at": NOW},
    )
    return made.sha256


def staged(*reviewers: str, text: str = DOCUMENT, **values: Any) -> Request:
    """Create Alice's request, which waits in stage 1 for Bob and Carol unless others are given."""
    given: dict[str, Any] = {
        "rule": "production",
        "policy_sha256": version(text),
        "stage": 1,
        "stage_opened_at": NOW,
        "expires_at": NOW + timedelta(hours=4),
    }
    return mpa_request(reviewers=reviewers or LEADS, **given | values)
