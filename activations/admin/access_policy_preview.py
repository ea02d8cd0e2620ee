"""What a document would change: warnings, the difference to the active version, and a replay of requests."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from activations.admin.access_policy_text import difference_lines, shown_problems
from activations.services.access_rules import current_environment
from activations.services.policy_replay import PERIOD, Replay, replay_requests
from policies.document.reading import Reading
from policies.models import PolicyProposal
from policies.services.active import UnusablePolicy
from policies.services.warnings import warnings_about

if TYPE_CHECKING:
    from policies.document.shape import Document


def preview(
    text: str, reading: Reading, active: PolicyProposal | None, *, now: datetime
) -> dict[str, Any]:
    """Return the context of the preview of a text that is to replace the active version."""
    return {
        "warnings": shown_problems(text, warnings_about(reading, current_environment())),
        "difference": difference_lines(active.version.text if active else "", text),
        "compared_with": f"version {active.version_id}" if active else "no access policy",
        "replay": _replay(reading.document, now),
        "replay_days": PERIOD.days,
    }


def _replay(document: Document, now: datetime) -> Replay | None:
    """Return what changes for requests; None when the active policy cannot be applied."""
    try:
        return replay_requests(document, now=now)
    except UnusablePolicy:
        return None
