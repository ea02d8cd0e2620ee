"""Stages of approval in words, for pages and the admin site."""

from __future__ import annotations

from collections.abc import Sequence

from activations.people.stage_progress import StageProgress, principals_in_words


def stage_in_words(stage: StageProgress) -> str:
    """Return how far a stage is, such as `1 of 2 approvals by leads@example.com`."""
    noun = "approval" if stage.needed == 1 else "approvals"
    return f"{len(stage.by)} of {stage.needed} {noun} by {principals_in_words(stage.approvers)}"


def progress_in_words(stages: Sequence[StageProgress]) -> str:
    """Return how far all stages are, in one sentence without a full stop."""
    return ", then ".join(map(stage_in_words, stages))
